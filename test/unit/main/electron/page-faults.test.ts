import type { BrowserWindow as RealWindow } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupPageFaults } from '../../../../main/electron/page-faults.ts';
import { BrowserWindow, dialog, FakeEvent, resetElectron } from '../../../fixtures/fake-electron.ts';
import { eventually } from '../../../fixtures/eventually.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

function open() {
  const window = new BrowserWindow();
  const log = vi.fn();
  const quit = vi.fn();
  let time = 0;
  setupPageFaults(window as unknown as RealWindow, { log, quit, now: () => time });
  const crash = (reason = 'crashed'): void => {
    window.webContents.emit('render-process-gone', new FakeEvent(), { reason, exitCode: 5 });
  };
  return {
    window,
    log,
    quit,
    crash,
    wait: (ms: number) => void (time += ms),
    reloads: () => window.webContents.reloads,
  };
}

describe('a page that fails', () => {
  it('is loaded anew, and the fault is logged', () => {
    const { crash, reloads, log } = open();
    crash('oom');
    expect(reloads()).toBe(1);
    expect(log).toHaveBeenCalledExactlyOnceWith("The page's process is gone: oom, exit code 5.");
  });

  it('is left alone where it ended in order', () => {
    const { crash, reloads } = open();
    crash('clean-exit');
    expect(reloads()).toBe(0);
  });

  it('is a matter for the person where it keeps failing', async () => {
    dialog.answer = { response: 1, checkboxChecked: false };
    const { crash, reloads, quit } = open();
    for (let count = 0; count < 4; count += 1) crash();
    expect(reloads()).toBe(3);
    await eventually(() => expect(quit).toHaveBeenCalledOnce());
    expect(dialog.questions.map(({ message }) => message)).toEqual(['The window keeps failing.']);
  });

  it('may fail now and then', () => {
    const { crash, wait, reloads } = open();
    for (let count = 0; count < 10; count += 1) {
      crash();
      wait(61_000);
    }
    expect(reloads()).toBe(10);
    expect(dialog.questions).toEqual([]);
  });

  it('may take its time, or be loaded anew, as the person likes', async () => {
    const { window, reloads } = open();
    dialog.answer = { response: 0, checkboxChecked: false };
    window.emit('unresponsive');
    window.emit('unresponsive');
    expect(dialog.questions).toHaveLength(1);
    await eventually(() => {
      window.emit('unresponsive');
      expect(dialog.questions).toHaveLength(2);
    });
    expect(reloads()).toBe(0);
    dialog.answer = { response: 1, checkboxChecked: false };
    await eventually(() => {
      window.emit('unresponsive');
      expect(reloads()).toBe(1);
    });
  });
});
