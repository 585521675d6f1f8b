import { CirclePause } from 'lucide-react';
import { useState } from 'react';
import type { PeerView } from '../../shared/peers.ts';
import { BudgetFields } from '../parts/budget-fields.tsx';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { UsedBars } from '../parts/used-bars.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { budgetForm, budgetWords, clockTime, readBudget } from '../words/budget.ts';
import { peerLabel } from '../words/peer-names.ts';

/** What the peer may use on a day and what it has used, and what we may use there where it has said so. */
export function PeerBudget({ peer }: { peer: PeerView }) {
  const byDefault = useLive((live) => live.settings.budget);
  const [editing, setEditing] = useState(false);
  const isLive = useIsLive();
  const budget = peer.budget ?? byDefault;
  return (
    <Section
      title="Budget"
      action={
        <Button size="small" kind="quiet" disabled={!isLive} onClick={() => setEditing(true)}>
          Change
        </Button>
      }
    >
      <p className="numbers">
        {budgetWords(budget)}
        <span className="text-dim">{peer.budget === null ? ', as for every peer' : ', its own'}</span>
      </p>
      {budget === null || peer.used === null ? null : (
        <div className="flex flex-col items-start gap-1">
          <UsedBars used={peer.used} limit={budget} per="in 24 hours" />
        </div>
      )}
      <Pauses peer={peer} />
      {editing ? <BudgetDialog peer={peer} onClose={() => setEditing(false)} /> : null}
    </Section>
  );
}

/** Said of either side, each with its end. */
export function Pauses({ peer }: { peer: PeerView }) {
  const now = useNow(10_000);
  const lines = [
    peer.pausedUntil === null || peer.pausedUntil <= now
      ? ''
      : `Paused until ${clockTime(peer.pausedUntil, now)}: its budget for the day is used up. Its calls are refused, and it is told when.`,
    peer.pausesUsUntil === null || peer.pausesUsUntil <= now
      ? ''
      : `It pauses you until ${clockTime(peer.pausesUsUntil, now)}: your budget there is used up.`,
  ].filter((line) => line !== '');
  return lines.map((line) => (
    <p key={line} className="numbers flex items-start gap-1.5 text-bad">
      <CirclePause size={15} aria-hidden className="mt-0.5 shrink-0" />
      {line}
    </p>
  ));
}

function BudgetDialog({ peer, onClose }: { peer: PeerView; onClose: () => void }) {
  const byDefault = useLive((live) => live.settings.budget);
  const [own, setOwn] = useState(peer.budget !== null);
  const [form, setForm] = useState(() => budgetForm(peer.budget ?? byDefault));
  const host = useHost();
  const isLive = useIsLive();
  const { budget, errors } = readBudget(form);
  const save = useAction(async () => {
    if (own && Object.keys(errors).length > 0) return;
    const none = { calls: null, bytes: null, seconds: null };
    await host((client) =>
      client.budgets.set({ peerId: peer.peerId, budget: own ? (budget ?? none) : null }),
    );
    onClose();
  });
  return (
    <Dialog open onClose={onClose} title={`Budget of ${peerLabel(peer, peer.peerId)}`} width={480}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        <fieldset className="flex flex-col gap-1">
          <legend className="sr-only">Whose budget</legend>
          <Way
            label={`As for every peer: ${budgetWords(byDefault)}`}
            checked={!own}
            onChoose={() => setOwn(false)}
          />
          <Way label="Its own" checked={own} onChoose={() => setOwn(true)} />
        </fieldset>
        {own ? <BudgetFields form={form} errors={errors} onChange={setForm} /> : null}
        <p className="text-sm text-dim">
          Over all agents, in the last 24 hours. At the limit its calls are refused until there is room again.
          Empty: no end.
        </p>
        <Problem text={save.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={save.busy || !isLive}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const Way = ({ label, checked, onChoose }: { label: string; checked: boolean; onChoose: () => void }) => (
  <label className="flex items-center gap-2 py-0.5">
    <input type="radio" name="budget-way" checked={checked} onChange={onChoose} className="accent-accent" />
    {label}
  </label>
);
