import type { ApprovalView } from '../../shared/gate.ts';
import { JsonEditDialog } from '../parts/json-edit-dialog.tsx';
import { useHost } from '../state/hooks.ts';

interface EditDialogProps {
  approval: ApprovalView;
  /** Whether the question still can be answered. */
  open: boolean;
  onClose: () => void;
  /** With the arguments as JSON text. */
  onAllow: (edited: string) => void;
}

/** Changes the arguments; shows what changes; then allows that, and only that. */
export function EditDialog({ approval, open, onClose, onAllow }: EditDialogProps) {
  const host = useHost();
  return (
    <JsonEditDialog
      title="Edit, then allow once"
      note={`${approval.agent} is called with what you write here. The caller is told that you changed it.`}
      label="Arguments as JSON"
      verb="Allow with these changes"
      load={async () => (await host((client) => client.approvals.arguments({ id: approval.id }))).json}
      open={open}
      onClose={onClose}
      onDone={onAllow}
    />
  );
}
