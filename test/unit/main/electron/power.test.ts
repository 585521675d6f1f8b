import { beforeEach, expect, it, vi } from 'vitest';
import { setupPower } from '../../../../main/electron/power.ts';
import { app, powerMonitor, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

it('notes when the machine sleeps and wakes, and quits when it shuts down', () => {
  const log = vi.fn();
  setupPower(log);
  powerMonitor.emit('suspend');
  powerMonitor.emit('resume');
  expect(log.mock.calls).toEqual([['The machine goes to sleep.'], ['The machine is awake again.']]);
  expect(app.quitCount).toBe(0);
  powerMonitor.emit('shutdown');
  expect(app.quitCount).toBe(1);
});
