import type { ReviewView } from '../../shared/gate.ts';
import { JsonEditDialog } from '../parts/json-edit-dialog.tsx';
import { useHost } from '../state/hooks.ts';
import { blackOut } from './black-out.ts';

interface RedactDialogProps {
  review: ReviewView;
  open: boolean;
  onClose: () => void;
  /** With the result as JSON text. */
  onRedact: (result: string) => void;
}

/** Blacks out, or changes, what leaves; shows what changes; then releases that. */
export function RedactDialog({ review, open, onClose, onRedact }: RedactDialogProps) {
  const host = useHost();
  return (
    <JsonEditDialog
      title="Redact, then release"
      note="What you leave here is what they get. They are told that you changed it."
      label="The answer as JSON"
      verb="Release with these changes"
      load={async () => (await host((client) => client.reviews.result({ id: review.id }))).json}
      open={open}
      onClose={onClose}
      onDone={onRedact}
      onSelection={{
        verb: 'Black out what is selected',
        hint: 'Texts only. Names and numbers are changed by hand.',
        change: blackOut,
      }}
    />
  );
}
