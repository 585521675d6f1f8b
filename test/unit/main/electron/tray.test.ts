import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupTray } from '../../../../main/electron/tray.ts';
import { app, FakeEvent, resetElectron, Tray, type FakeMenuItem } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

function open(platform: NodeJS.Platform = 'linux') {
  const show = vi.fn();
  const stopAll = vi.fn();
  const handle = setupTray({ assetsDir: '/app/assets', platform, show, stopAll });
  const tray = Tray.last;
  if (tray === null) throw new Error('No icon was made.');
  const item = (label: string): FakeMenuItem | undefined =>
    tray.menu?.items.find((one) => one.label === label);
  return { ...handle, tray, show, stopAll, item };
}

describe('the tray', () => {
  it('shows the window, stops all and quits', () => {
    const { tray, show, stopAll, item } = open();
    tray.emit('click');
    item('Show Gatehouse')?.click?.({});
    expect(show).toHaveBeenCalledTimes(2);
    item('Stop all')?.click?.({});
    expect(stopAll).toHaveBeenCalledOnce();
    item('Quit')?.click?.({});
    expect(app.quitCount).toBe(1);
  });

  it('says how many calls wait, and calms down again', () => {
    const { setWaiting, tray, item } = open();
    expect([tray.toolTip, app.badge]).toEqual(['Gatehouse', 0]);
    setWaiting(1);
    expect(tray.toolTip).toBe('Gatehouse: 1 call waits for you');
    expect(tray.image).toEqual({ path: '/app/assets/tray-waiting.png' });
    setWaiting(3);
    expect(item('3 calls wait for you')).toBeDefined();
    expect(app.badge).toBe(3);
    setWaiting(0);
    expect([tray.toolTip, app.badge]).toEqual(['Gatehouse', 0]);
    expect(tray.image).toEqual({ path: '/app/assets/tray.png' });
    expect(tray.menu?.items.map(({ label }) => label)).toEqual([
      'Show Gatehouse',
      'Stop all',
      undefined,
      'Quit',
    ]);
  });

  it('uses one template picture on macOS, with the count beside it', () => {
    const { setWaiting, tray } = open('darwin');
    setWaiting(2);
    expect([tray.image, tray.title]).toEqual([{ path: '/app/assets/trayTemplate.png' }, '2']);
    setWaiting(0);
    expect(tray.title).toBe('');
  });

  it('is gone when the app ends', () => {
    const { tray } = open();
    app.emit('will-quit', new FakeEvent());
    expect(tray.destroyed).toBe(true);
  });
});
