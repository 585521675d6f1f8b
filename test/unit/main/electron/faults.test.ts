import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { refuseToStart, setupFaults } from '../../../../main/electron/faults.ts';
import { app, dialog, FakeEvent, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

describe('a fault that nobody caught', () => {
  it('is logged, told once, and ends the app in order', () => {
    const log = vi.fn();
    const source = new EventEmitter();
    setupFaults(log, source);
    source.emit('uncaughtException', new Error('The sky fell.'));
    source.emit('uncaughtException', new Error('And again.'));
    expect(log).toHaveBeenCalledTimes(2);
    expect(log.mock.calls[0]?.[0]).toMatch(/The sky fell\.[^]*faults\.test/);
    expect(dialog.errors).toHaveLength(1);
    expect(dialog.errors[0]?.content).toContain('The sky fell.');
    expect(app.quitCount).toBe(1);
  });

  it('is only logged where it is a promise, or a process of Chromium', () => {
    const log = vi.fn();
    const source = new EventEmitter();
    setupFaults(log, source);
    source.emit('unhandledRejection', 'no reason');
    app.emit('child-process-gone', new FakeEvent(), { type: 'GPU', reason: 'crashed' });
    app.emit('child-process-gone', new FakeEvent(), { type: 'Utility', reason: 'clean-exit' });
    expect(log.mock.calls).toEqual([
      ['Unhandled rejection: no reason'],
      ['A process of Chromium is gone: GPU, crashed.'],
    ]);
    expect([dialog.errors.length, app.quitCount]).toEqual([0, 0]);
  });
});

describe('a start that fails', () => {
  it('says why in a sentence, and ends with an exit code', () => {
    refuseToStart(new Error('The key in /x is damaged.'), vi.fn());
    expect(dialog.errors).toEqual([
      { title: 'Gatehouse cannot start', content: 'The key in /x is damaged.' },
    ]);
    expect(app.exitCode).toBe(1);
  });
});
