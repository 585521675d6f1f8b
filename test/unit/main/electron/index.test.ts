import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { os } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as FakeElectron from '../../../fixtures/fake-electron.ts';
import type { Host, HostOptions, WaitingForPerson } from '../../../../main/host/index.ts';
import { eventually } from '../../../fixtures/eventually.ts';
import { aWaitingApproval, waitingForPerson } from '../../../fixtures/waiting.ts';

const createHost = vi.hoisted(() => vi.fn<(options: HostOptions) => Promise<Host>>());
vi.mock('../../../../main/host/index.ts', () => ({ createHost }));

let electron: typeof FakeElectron;
let folder: string;
let tell: (waiting: WaitingForPerson) => void;
const answer = vi.fn<Host['answer']>();
const unwatch = vi.fn();
const stop = vi.fn<() => Promise<void>>();
const argv = process.argv;

beforeEach(async () => {
  vi.resetModules();
  // A process of its own, Electron included, for each test.
  electron = await import('../../../fixtures/fake-electron.ts');
  vi.doMock('electron', () => electron);
  vi.spyOn(process, 'on').mockReturnThis();
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-shell-'));
  vi.stubEnv('GATEHOUSE_DATA', folder);
  stop.mockReset().mockResolvedValue();
  unwatch.mockReset();
  createHost.mockReset().mockImplementation(() =>
    Promise.resolve({
      router: { host: { stopAll: os.handler(() => undefined) } } as unknown as Host['router'],
      peerId: 'peer',
      addresses: () => [],
      answer,
      watchWaiting: (listener) => {
        tell = (waiting) => listener(waiting);
        return unwatch;
      },
      woke: () => undefined,
      stop,
    }),
  );
});
afterEach(async () => {
  process.argv = argv;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const start = async (...args: string[]): Promise<void> => {
  process.argv = ['Gatehouse', ...args];
  await import('../../../../main/electron/index.ts');
};
const started = () => eventually(() => expect(electron.powerMonitor.listenerCount('shutdown')).toBe(1));
const theWindow = () => {
  const [window] = electron.BrowserWindow.all;
  if (window === undefined) throw new Error('There is no window.');
  return window;
};

describe('the app', () => {
  it('starts the host with what it was asked for, and shows one locked window', async () => {
    vi.stubEnv('LIBP2P_MDNS_ENABLED', 'off');
    await start();
    await started();
    expect(electron.app.sandboxed).toBe(true);
    expect(createHost.mock.calls[0]?.[0]).toMatchObject({
      dataDir: folder,
      environment: { values: { mdns: false }, overrides: { mdns: 'LIBP2P_MDNS_ENABLED' } },
      keyStore: { kind: 'os' },
    });
    expect(electron.BrowserWindow.all).toHaveLength(1);
    expect(theWindow().webContents.openHandler?.({ url: 'https://example.org/' })).toEqual({
      action: 'deny',
    });
    expect(electron.session.defaultSession.handlers.size).toBe(6);
    expect(electron.ipcMain.eventNames()).toEqual(['gatehouse:port']);
  });

  it('keeps a demo in a folder of its own, on this machine, and leaves nothing of it', async () => {
    vi.stubEnv('TMPDIR', folder);
    vi.stubEnv('GATEHOUSE_NODE', join(folder, 'no-such-node'));
    vi.stubEnv('LIBP2P_MDNS_ENABLED', 'on');
    await start('--demo');
    await started();
    const options = createHost.mock.calls[0]?.[0];
    expect(options).toMatchObject({ demo: true, environment: { values: { mdns: false, dht: false } } });
    const listen = options?.environment?.values.listen ?? ['everywhere'];
    expect(listen.every((address) => address.startsWith('/ip4/127.0.0.1/'))).toBe(true);
    expect(options?.dataDir.startsWith(join(folder, 'gatehouse-demo-'))).toBe(true);
    expect(electron.app.getPath('userData')).toBe(join(options?.dataDir ?? '', 'desktop'));
    // There is no Node to run the peers on: the app says so and goes on.
    await eventually(() =>
      expect(electron.dialog.errors).toEqual([
        { title: 'The demo could not be started', content: expect.stringContaining('npm start -- --demo') },
      ]),
    );
    electron.app.quit();
    await eventually(() => expect(electron.app.exitCode).toBe(0));
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells of waiting approvals, and a click shows them', async () => {
    await start();
    await started();
    const { id, peerId, who, agent, tool } = aWaitingApproval('two');
    tell(waitingForPerson([aWaitingApproval('one')], { reviews: [{ id, peerId, who, agent, tool }] }));
    expect([electron.app.badge, electron.Notification.shown.length]).toEqual([2, 1]);
    electron.Notification.shown[0]?.emit('click');
    expect(theWindow().loads.at(-1)).toBe('app://gatehouse/#/approvals');
    tell(waitingForPerson([]));
    expect([electron.app.badge, electron.Notification.shown.length]).toEqual([0, 0]);
  });

  it('ends in order: nothing more is shown, then the host stops, then the window closes', async () => {
    await start();
    await started();
    stop.mockImplementation(() => {
      expect(unwatch).toHaveBeenCalledOnce();
      expect(electron.ipcMain.eventNames()).toEqual([]);
      expect(theWindow().visible).toBe(false);
      return Promise.resolve();
    });
    electron.app.quit();
    await eventually(() => expect(electron.app.exitCode).toBe(0));
    expect(stop).toHaveBeenCalledOnce();
    expect(electron.BrowserWindow.all).toEqual([]);
    expect(electron.Tray.last?.destroyed).toBe(true);
  });

  it('remembers its place', async () => {
    await start();
    await started();
    theWindow().moveTo({ x: 5, y: 6, width: 800, height: 600 });
    electron.app.quit();
    await eventually(() => expect(electron.app.exitCode).toBe(0));
    expect(JSON.parse(await readFile(join(folder, 'desktop', 'shell.json'), 'utf8'))).toMatchObject({
      bounds: { x: 5, y: 6, width: 800, height: 600 },
    });
  });

  it('does not start twice: the first comes to the front, with the link of the second', async () => {
    await start();
    await started();
    electron.app.emit('second-instance', new electron.FakeEvent(), [], '/', {
      link: 'gatehouse://show/peers',
    });
    expect(theWindow().loads.at(-1)).toBe('app://gatehouse/#/peers');
    expect(theWindow().focused).toBe(true);
    electron.app.emit('second-instance', new electron.FakeEvent(), [], '/', {
      link: 'gatehouse://allow/everything',
    });
    expect(theWindow().loads.at(-1)).toBe('app://gatehouse/#/peers');
  });

  it('starts nothing where another one runs', async () => {
    electron.app.isFirstInstance = false;
    await start();
    expect(electron.app.exitCode).toBe(0);
    expect(createHost).not.toHaveBeenCalled();
    expect(electron.BrowserWindow.all).toEqual([]);
  });

  it('opens at the place of the link it was started with', async () => {
    await start('--', 'gatehouse://show/settings');
    await started();
    await eventually(() => expect(theWindow().loads).toEqual(['app://gatehouse/#/settings']));
  });

  it('opens on an invite, by its first start or a second one, and asks the host for nothing', async () => {
    const there = (code: string): string =>
      `app://gatehouse/#/peers/use-invite/${encodeURIComponent(`gatehouse://invite/${code}`)}`;
    await start('--', 'gatehouse://invite/AbC');
    await started();
    await eventually(() => expect(theWindow().loads).toEqual([there('AbC')]));
    const second = (link: string) =>
      electron.app.emit('second-instance', new electron.FakeEvent(), [], '/', { link });
    second('gatehouse://invite/DeF');
    expect(theWindow().loads.at(-1)).toBe(there('DeF'));
    second(`gatehouse://invite/${'x'.repeat(1990)}`);
    second('gatehouse://invite/GhI?accept');
    electron.app.emit('open-url', new electron.FakeEvent(), 'https://example.org/gatehouse://invite/JkL');
    expect(theWindow().loads).toHaveLength(2);
    expect(new URL(theWindow().loads.at(-1) ?? '').origin).toBe(new URL('app://gatehouse/').origin);
  });

  it('says what is wrong with the environment, and starts nothing', async () => {
    vi.stubEnv('TRANSPORT_TYPE', 'pigeon');
    vi.stubEnv('GATEHOUSE_UPNP', 'perhaps');
    await start();
    await eventually(() => expect(electron.app.exitCode).toBe(1));
    expect(electron.dialog.errors).toEqual([
      {
        title: 'Gatehouse cannot start',
        content: expect.stringMatching(/^TRANSPORT_TYPE is "pigeon": .*\nGATEHOUSE_UPNP is "perhaps": /),
      },
    ]);
    expect(createHost).not.toHaveBeenCalled();
    expect(electron.BrowserWindow.all).toEqual([]);
  });

  it('says why where the host cannot start, and shows no window', async () => {
    createHost.mockRejectedValue(new Error('The key in identity.key is damaged. Restore it from a backup.'));
    await start();
    await eventually(() => expect(electron.app.exitCode).toBe(1));
    expect(electron.dialog.errors).toEqual([
      {
        title: 'Gatehouse cannot start',
        content: 'The key in identity.key is damaged. Restore it from a backup.',
      },
    ]);
    expect(electron.BrowserWindow.all).toEqual([]);
  });
});
