import { app } from 'electron';

/** How long the host may take to stop its agents and close its records. */
export const STOP_DEADLINE_MS = 5000;

export interface Quitting {
  /** The app is on its way out; windows may close. */
  readonly begun: boolean;
  /** Adds what is to be stopped before the app ends. The last added is stopped first. */
  onQuit(stop: () => Promise<void> | void): void;
}

/**
 * Holds the end of the app back until everything has stopped, or the deadline has passed. What is still
 * running then is ended by its own watchdog.
 */
export function setupQuitting(options: { deadlineMs: number; onError: (error: unknown) => void }): Quitting {
  const stops: (() => Promise<void> | void)[] = [];
  let phase: 'running' | 'stopping' | 'stopped' = 'running';

  const stopAll = async (): Promise<void> => {
    for (const stop of stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        options.onError(error);
      }
    }
  };

  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return;
    phase = 'stopping';
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, options.deadlineMs, 'late');
    });
    void Promise.race([stopAll(), deadline]).then((outcome) => {
      clearTimeout(timer);
      if (outcome === 'late') {
        options.onError(
          new Error(`Stopping took longer than ${String(options.deadlineMs)} ms; ended anyway.`),
        );
      }
      phase = 'stopped';
      app.quit();
    });
  });

  return {
    get begun() {
      return phase !== 'running';
    },
    onQuit(stop) {
      stops.push(stop);
    },
  };
}
