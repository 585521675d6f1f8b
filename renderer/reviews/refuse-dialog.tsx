import { useRef, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Input } from '../parts/field.tsx';

interface RefuseDialogProps {
  open: boolean;
  onClose: () => void;
  onRefuse: (reason: string | null) => void;
}

const LONGEST = 200;

/** Nothing leaves. The call has run all the same, and the caller is told so. */
export function RefuseDialog({ open, onClose, onRefuse }: RefuseDialogProps) {
  const [reason, setReason] = useState('');
  const field = useRef<HTMLInputElement>(null);
  return (
    <Dialog open onClose={onClose} title="Refuse the answer" width={460} initialFocus={field}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const told = reason.trim();
          if (open) onRefuse(told === '' ? null : told);
        }}
      >
        <p className="text-dim">
          Nothing leaves. They are told that the call has run and its answer was refused.
        </p>
        <Field label="Reason" hint="They are told these words, as yours. Empty: none.">
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
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="danger" disabled={!open}>
            Refuse
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
