import { useRef, useState } from 'react';
import { fits, type ApprovalView } from '../../shared/gate.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Input, Toggle } from '../parts/field.tsx';

interface DenyDialogProps {
  approval: ApprovalView;
  open: boolean;
  onClose: () => void;
  onDeny: (always: boolean, reason: string | null) => void;
}

const LONGEST = 200;

/** Denies with a sentence for the caller. */
export function DenyDialog({ approval, open, onClose, onDeny }: DenyDialogProps) {
  const [reason, setReason] = useState('');
  const [always, setAlways] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const mayAlways = fits(approval, { kind: 'deny', always: true, reason: null });
  return (
    <Dialog open onClose={onClose} title="Deny with a reason" width={460} initialFocus={field}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const told = reason.trim();
          if (open) onDeny(always, told === '' ? null : told);
        }}
      >
        <Field label="Reason" hint="They are told these words, as yours. Empty: only that it was denied.">
          {(props) => (
            <Input
              {...props}
              ref={field}
              value={reason}
              maxLength={LONGEST}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        {mayAlways ? (
          <Toggle
            label="Always"
            hint="A rule denies this peer this tool from now on, without asking you."
            checked={always}
            onChange={setAlways}
          />
        ) : null}
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="danger" disabled={!open}>
            {always ? 'Deny always' : 'Deny'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
