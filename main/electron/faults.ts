import { app, dialog } from 'electron';
import type { Log } from './log.ts';

/** Where faults come from: `process`, or a stand-in for it. */
interface FaultSource {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
}

/**
 * Logs what nobody caught. After an exception the state of the program is unknown, so it says so and ends;
 * a rejected promise that nobody waited for is only logged. Installed first of all.
 */
export function setupFaults(log: Log, source: FaultSource = process): void {
  let ending = false;
  source.on('uncaughtException', (error) => {
    log(`Uncaught: ${describe(error)}`);
    if (ending) return;
    ending = true;
    dialog.showErrorBox(
      'Gatehouse has to end',
      `Something went wrong that Gatehouse cannot recover from. Start it again.\n\n${sentence(error)}`,
    );
    app.quit();
  });
  source.on('unhandledRejection', (error) => {
    log(`Unhandled rejection: ${describe(error)}`);
  });
  app.on('child-process-gone', (_event, { type, reason }) => {
    if (reason !== 'clean-exit') log(`A process of Chromium is gone: ${type}, ${reason}.`);
  });
}

/** Tells why Gatehouse cannot start, and ends it. */
export function refuseToStart(error: unknown, log: Log): void {
  log(`Cannot start: ${describe(error)}`);
  dialog.showErrorBox('Gatehouse cannot start', sentence(error));
  app.exit(1);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
