import { beforeEach, expect, it, vi } from 'vitest';
import { setupPower } from '../../../../main/electron/power.ts';
import { app, powerMonitor, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

it('notes when the machine sleeps, tells the host when it wakes, and quits when it shuts down', () => {
  const log = vi.fn();
  const woke = vi.fn();
  setupPower({ woke }, log);
  powerMonitor.emit('suspend');
  expect(woke).not.toHaveBeenCalled();
  powerMonitor.emit('resume');
  expect(log.mock.calls).toEqual([['The machine goes to sleep.'], ['The machine is awake again.']]);
  expect(woke).toHaveBeenCalledOnce();
  expect(app.quitCount).toBe(0);
  powerMonitor.emit('shutdown');
  expect(app.quitCount).toBe(1);
});
