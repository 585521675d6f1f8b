import { useState } from 'react';
import type { Answer, ApprovalView } from '../../shared/gate.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Input, Select } from '../parts/field.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { plural } from '../words/format.ts';
import { Target } from './approval-lines.tsx';
import { allowances, limitsOf } from './answers.ts';

interface LimitsDialogProps {
  approval: ApprovalView;
  open: boolean;
  onClose: () => void;
  onAllow: (answer: Answer, words: string) => void;
}

const MOST = 1_000_000;

/** Allows for a time, and no more often than so many times; beyond that the person is asked again. */
export function LimitsDialog({ approval, open, onClose, onAllow }: LimitsDialogProps) {
  const [which, setWhich] = useState('1 day');
  const [perHour, setPerHour] = useState('10');
  const [perDay, setPerDay] = useState('');
  const hour = amount(perHour);
  const day = amount(perDay);
  const allowance = allowances.find(({ label }) => label === which);
  const isSound = hour !== undefined && day !== undefined && (hour !== null || day !== null);
  const wrong = (value: number | null | undefined): string | null =>
    value === undefined ? 'A whole number, or empty.' : null;
  return (
    <Dialog open onClose={onClose} title="Allow with limits" width={460}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!open || !isSound || allowance === undefined) return;
          const words = [
            hour === null ? '' : `${plural(hour, 'call')} an hour`,
            day === null ? '' : `${plural(day, 'call')} a day`,
          ].filter(Boolean);
          onAllow(allowance.answer(limitsOf(hour, day)), `${allowance.said}, up to ${words.join(' and ')}`);
        }}
      >
        <p>
          <PeerNameOf peerId={approval.peerId} className="font-medium" /> may use{' '}
          <Target approval={approval} /> unasked, with any arguments.
        </p>
        <Field label="For how long">
          {(props) => (
            <Select {...props} value={which} onChange={(event) => setWhich(event.target.value)}>
              {allowances.map(({ label }) => (
                <option key={label}>{label}</option>
              ))}
            </Select>
          )}
        </Field>
        <div className="grid gap-3 mid:grid-cols-2">
          <Field label="Calls an hour, at most" error={wrong(hour)}>
            {(props) => (
              <Input
                {...props}
                inputMode="numeric"
                value={perHour}
                onChange={(event) => setPerHour(event.target.value)}
              />
            )}
          </Field>
          <Field label="Calls a day, at most" error={wrong(day)}>
            {(props) => (
              <Input
                {...props}
                inputMode="numeric"
                value={perDay}
                onChange={(event) => setPerDay(event.target.value)}
              />
            )}
          </Field>
        </div>
        <p className="text-sm text-dim">Empty means no end. Once they are used up, you are asked again.</p>
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" disabled={!open || !isSound}>
            Allow
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Null: left empty. Undefined: no amount. */
function amount(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = Number(trimmed);
  return /^\d+$/.test(trimmed) && value >= 1 && value <= MOST ? value : undefined;
}
