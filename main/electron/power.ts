import { app, powerMonitor } from 'electron';

/**
 * Follows the machine's sleep and its end. Sleep is only noted for now: the network's own redialling finds
 * the links dead and makes them anew.
 */
export function setupPower(log: (line: string) => void): void {
  powerMonitor.on('suspend', () => {
    log('The machine goes to sleep.');
  });
  powerMonitor.on('resume', () => {
    log('The machine is awake again.');
  });
  powerMonitor.on('shutdown', () => {
    app.quit();
  });
}
