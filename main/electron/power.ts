import { app, powerMonitor } from 'electron';
import type { Host } from '../host/index.ts';

/** Follows the machine's sleep and its end. */
export function setupPower(host: Pick<Host, 'woke'>, log: (line: string) => void): void {
  powerMonitor.on('suspend', () => {
    log('The machine goes to sleep.');
  });
  powerMonitor.on('resume', () => {
    log('The machine is awake again.');
    host.woke();
  });
  powerMonitor.on('shutdown', () => {
    app.quit();
  });
}
