import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { Button, IconButton } from './button.tsx';
import { useAction } from './use-action.ts';
import { Problem } from './problem.tsx';

const backdrop =
  'fixed inset-0 bg-veil transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0';
const viewport = 'fixed inset-0 flex items-start justify-center overflow-y-auto p-3 mid:p-8 mid:pt-[10vh]';
const popup =
  'w-full rounded-md border border-line bg-raised text-text shadow-float transition-opacity outline-none ' +
  'data-ending-style:opacity-0 data-starting-style:opacity-0';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Largest width in pixels. */
  width?: number;
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

export function Dialog({ open, onClose, title, width = 560, initialFocus, children }: DialogProps) {
  return (
    <BaseDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={backdrop} />
        <BaseDialog.Viewport className={viewport}>
          <BaseDialog.Popup
            className={popup}
            style={{ maxWidth: width }}
            {...(initialFocus === undefined ? {} : { initialFocus })}
          >
            <div className="flex items-center justify-between gap-3 py-2 pr-2 pl-4">
              <BaseDialog.Title className="text-lg font-semibold">{title}</BaseDialog.Title>
              <BaseDialog.Close render={<IconButton label="Close" />}>
                <X size={16} aria-hidden />
              </BaseDialog.Close>
            </div>
            <div className="px-4 pb-4">{children}</div>
          </BaseDialog.Popup>
        </BaseDialog.Viewport>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** The verb on the button. */
  verb: string;
  /** Closes the dialog when it resolves; its error is shown in the dialog. */
  onConfirm: () => Promise<unknown>;
  children: ReactNode;
}

/** A question before something that cannot be undone. The focus starts on the way out. */
export function Confirm({ open, onClose, title, verb, onConfirm, children }: ConfirmProps) {
  const action = useAction(async () => {
    await onConfirm();
    onClose();
  });
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdrop} />
        <AlertDialog.Viewport className={viewport}>
          <AlertDialog.Popup className={popup} style={{ maxWidth: 460 }}>
            <div className="flex flex-col gap-3 p-4">
              <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
              <AlertDialog.Description render={<div />} className="text-dim">
                {children}
              </AlertDialog.Description>
              <Problem text={action.error} />
              <div className="flex justify-end gap-2 pt-1">
                <AlertDialog.Close render={<Button />}>Cancel</AlertDialog.Close>
                <Button kind="danger" disabled={action.busy} onClick={action.run}>
                  {verb}
                </Button>
              </div>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
