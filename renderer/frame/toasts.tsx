import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useCallback } from 'react';
import { buttonClass, IconButton } from '../parts/button.tsx';
import { sentenceOf } from '../parts/use-action.ts';

/** Where what failed says so when it has no place of its own on the page. */
export function Toasts() {
  const { toasts } = Toast.useToastManager();
  return (
    <Toast.Portal>
      <Toast.Viewport className="fixed right-4 bottom-12 z-20 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 outline-none">
        {toasts.map((toast) => (
          <Toast.Root
            key={toast.id}
            toast={toast}
            className="rounded-md border border-line bg-raised text-text shadow-float transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            <Toast.Content className="flex items-start gap-2 py-2 pr-2 pl-3">
              <div className="min-w-0 flex-1 py-1">
                <Toast.Title className="font-semibold" />
                <Toast.Description className="break-words text-dim" />
              </div>
              {toast.actionProps === undefined ? null : (
                <Toast.Action className={`${buttonClass('plain', 'small')} my-1`} />
              )}
              <Toast.Close render={<IconButton label="Dismiss" />}>
                <X size={15} aria-hidden />
              </Toast.Close>
            </Toast.Content>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}

/** Runs a request whose failure is shown as a toast: `what` names it, such as "Could not stop filesystem". */
export function useAttempt(): (what: string, request: () => Promise<unknown>) => void {
  const { add } = Toast.useToastManager();
  return useCallback(
    (what, request) => {
      request().catch((error: unknown) => {
        add({ title: what, description: sentenceOf(error), timeout: 12_000, priority: 'high' });
      });
    },
    [add],
  );
}

const UNDO_MS = 30_000;

/** Says what was done, with a way back for a while. */
export function useUndo(): (what: { title: string; description: string; undo: () => void }) => void {
  const { add, close } = Toast.useToastManager();
  return useCallback(
    ({ title, description, undo }) => {
      const id: string = add({
        title,
        description,
        timeout: UNDO_MS,
        actionProps: {
          children: 'Undo',
          onClick: () => {
            close(id);
            undo();
          },
        },
      });
    },
    [add, close],
  );
}
