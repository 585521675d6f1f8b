import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { isStopKey, STOP_KEYS } from './stop-key.ts';

/** The second press within this time asks nothing more. */
const TWICE_MS = 2000;

export interface StopAll {
  readonly open: boolean;
  readonly stopping: boolean;
  readonly error: string | null;
  /** Asks; as the key does when it is pressed once. */
  readonly ask: () => void;
  readonly close: () => void;
  readonly stop: () => void;
}

/**
 * "Stop all" from anywhere: the button, the palette, and a key that works within fields and dialogs too. A mistaken
 * stop costs a press of Resume; a stop that comes late may cost more, so nothing stands between two presses.
 */
export function useStopAll(): StopAll {
  const [open, setOpen] = useState(false);
  const host = useHost();
  const { run, busy, error, clear } = useAction(async () => {
    await host((client) => client.host.stopAll());
    setOpen(false);
  });
  const pressedAt = useRef(-TWICE_MS);
  const ask = useCallback(() => {
    clear();
    setOpen(true);
  }, [clear]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isStopKey(event)) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat) return;
      const isSecond = event.timeStamp - pressedAt.current < TWICE_MS;
      pressedAt.current = isSecond ? -TWICE_MS : event.timeStamp;
      ask();
      if (isSecond) run();
    };
    // Before anything else on the page sees it.
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [ask, run]);
  return { open, stopping: busy, error, ask, close: () => setOpen(false), stop: run };
}

/** The one question of the interface whose focus starts on doing it: stopping is the safe side. */
export function StopDialog({ stop }: { stop: StopAll }) {
  const button = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog.Root open={stop.open} onOpenChange={(next) => (next ? undefined : stop.close())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-30 bg-veil" />
        <AlertDialog.Viewport className="fixed inset-0 z-30 flex items-start justify-center overflow-y-auto p-3 mid:p-8 mid:pt-[10vh]">
          <AlertDialog.Popup
            initialFocus={button}
            style={{ maxWidth: 460 }}
            className="w-full rounded-md border border-line bg-raised text-text shadow-float outline-none"
          >
            <div className="flex flex-col gap-3 p-4">
              <AlertDialog.Title className="text-lg font-semibold">Stop everything?</AlertDialog.Title>
              <AlertDialog.Description render={<div />} className="flex flex-col gap-2 text-dim">
                <p>
                  Every waiting call is refused, every agent is stopped and every link is cut. Nothing comes
                  in until you press Resume, also after a restart. Contacts, rules and records stay.
                </p>
                <p className="text-sm">{STOP_KEYS} again, or Enter, stops at once.</p>
              </AlertDialog.Description>
              {stop.error === null ? null : (
                <Problem
                  text={`${stop.error} Nothing is known to have stopped. To be sure, end the program itself.`}
                />
              )}
              <div className="flex justify-end gap-2 pt-1">
                <AlertDialog.Close render={<Button />}>Cancel</AlertDialog.Close>
                <Button ref={button} kind="danger" aria-disabled={stop.stopping} onClick={stop.stop}>
                  {stop.stopping ? 'Stopping…' : 'Stop all'}
                </Button>
              </div>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
