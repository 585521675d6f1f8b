import { dialog } from 'electron';
import { createDemo } from '../demo/index.ts';
import type { Demo } from '../demo/index.ts';
import type { Host } from '../host/index.ts';
import { findDemoProgram } from './demo-program.ts';
import type { Quitting } from './quitting.ts';

/** The folder of a demo. It goes once the host has stopped, and again with what Chromium wrote until its end. */
export function setupDemo(source: Pick<NodeJS.Process, 'once'> = process): Demo {
  const demo = createDemo();
  source.once('exit', () => demo.remove());
  return demo;
}

/** Starts the demo's peers; where that fails, the app goes on without them and says why. */
export function startDemo(
  demo: Demo,
  modules: { host: Host; quitting: Quitting; onError: (error: unknown) => void },
): void {
  const { host, quitting, onError } = modules;
  quitting.onQuit(() => demo.stop());
  const start = async (): Promise<void> => demo.start(host, findDemoProgram());
  start().catch((error: unknown) => {
    if (quitting.begun) return;
    onError(error);
    dialog.showErrorBox(
      'The demo could not be started',
      error instanceof Error ? error.message : String(error),
    );
  });
}
