import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupQuitting } from '../../../../main/electron/quitting.ts';
import { app, resetElectron } from '../../../fixtures/fake-electron.ts';
import { eventually } from '../../../fixtures/eventually.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

const fail = (error: unknown): void => expect.unreachable(String(error));
const ended = () => eventually(() => expect(app.exitCode).toBe(0));

describe('quitting', () => {
  it('ends at once where nothing runs', async () => {
    setupQuitting({ deadlineMs: 60_000, onError: fail });
    app.quit();
    await ended();
  });

  it('waits until all has stopped, the last begun first', async () => {
    const stopped: string[] = [];
    const host = Promise.withResolvers<void>();
    const quitting = setupQuitting({ deadlineMs: 60_000, onError: fail });
    quitting.onQuit(async () => {
      await host.promise;
      stopped.push('host');
    });
    quitting.onQuit(() => void stopped.push('port'));
    expect(quitting.begun).toBe(false);

    app.quit();
    app.quit();
    expect(quitting.begun).toBe(true);
    await eventually(() => expect(stopped).toEqual(['port']));
    expect(app.exitCode).toBeNull();
    host.resolve();
    await ended();
    expect(stopped).toEqual(['port', 'host']);
  });

  it('goes on where one thing fails to stop', async () => {
    const onError = vi.fn();
    const host = vi.fn();
    const quitting = setupQuitting({ deadlineMs: 60_000, onError });
    quitting.onQuit(host);
    quitting.onQuit(() => Promise.reject(new Error('stuck')));
    app.quit();
    await ended();
    expect(host).toHaveBeenCalledOnce();
    expect(onError).toHaveBeenCalledExactlyOnceWith(new Error('stuck'));
  });

  it('ends anyway once the deadline has passed, and says so', async () => {
    const onError = vi.fn();
    const quitting = setupQuitting({ deadlineMs: 1, onError });
    quitting.onQuit(() => new Promise<void>(() => undefined));
    app.quit();
    await ended();
    expect(String(onError.mock.calls[0]?.[0])).toContain('longer than 1 ms');
  });
});
