import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Contract } from '../../shared/contract.ts';
import { AgentName } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';
import { applyChanges } from '../../shared/live.ts';
import type * as HostModule from '../../main/host/index.ts';
import { onLoopback } from '../fixtures/on-loopback.ts';
import { Serving } from '../fixtures/serving.ts';
import { app, BrowserWindow, dialog, ipcMain, powerMonitor } from '../fixtures/fake-electron.ts';

// The whole desktop shell with the real host, in front of a stand-in for Electron; loopback only.
vi.mock('electron', () => import('../fixtures/fake-electron.ts'));
vi.mock('../../main/host/index.ts', async (importOriginal) => {
  const real = await importOriginal<typeof HostModule>();
  return {
    ...real,
    createHost: (options: HostModule.HostOptions) =>
      real.createHost({ ...options, environment: onLoopback(['/ip4/127.0.0.1/tcp/0']) }),
  };
});

const argv = process.argv;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-desktop-'));
  process.argv = ['Gatehouse', '--data', dataDir];
  await import('../../main/electron/index.ts');
  await vi.waitUntil(() => powerMonitor.listenerCount('shutdown') === 1, 20_000);
});
afterAll(async () => {
  process.argv = argv;
  process.removeAllListeners('uncaughtException');
  process.removeAllListeners('unhandledRejection');
  await rm(dataDir, { recursive: true, force: true });
});

/** As the page does it: asks, and gets the port from the preload. */
function connect(): ContractRouterClient<Contract> {
  const contents = BrowserWindow.all[0]?.webContents;
  ipcMain.emit('gatehouse:port', { sender: contents, senderFrame: contents?.mainFrame });
  const port = contents?.mainFrame.posted.at(-1)?.ports[0]?.raw;
  if (port === undefined) throw new Error(`The page got no port. ${JSON.stringify(dialog.errors)}`);
  port.start();
  return createORPCClient(new RPCLink({ port }));
}

const Status = z.looseObject({ running: z.literal(true), pid: z.int(), url: z.null(), dataDir: z.string() });

it('answers the command line that is given the same folder, and only that', async () => {
  const commandLine = new Serving(dataDir, '.');
  expect(await commandLine.ask(Status, 'status')).toMatchObject({ pid: process.pid, dataDir });
  expect(await commandLine.ask(z.array(z.unknown()), 'agents', 'list')).toEqual([]);
  const file = join(dataDir, 'endpoint.json');
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { url, token } = z
    .object({ url: z.url(), token: z.string() })
    .parse(JSON.parse(await readFile(file, 'utf8')));
  const page = await fetch(`${url}/?token=${token}`, { redirect: 'manual' });
  expect([page.status, page.headers.get('set-cookie')]).toEqual([404, null]);
  // A second host leaves the folder alone.
  expect(await commandLine.code('serve', '--port', '0')).toMatchObject({ code: 1 });
  expect(await readFile(file, 'utf8')).toContain(token);
});

it('shows the page a living host, through one port, until it quits', async () => {
  const client = connect();
  const name = AgentName.parse('plain');
  const script = fileURLToPath(new URL('../fixtures/agents/answers-plainly.ts', import.meta.url));
  let state: LiveState | null = null;
  const watching = (async () => {
    for await (const message of await client.live.watch({})) {
      state = message.type === 'snapshot' ? message.state : state && applyChanges(state, message.changes);
      await client.live.ack({ watch: message.watch, seq: message.seq });
    }
  })();
  // Looked at once all is over.
  const watched = watching.then(
    () => 'ended',
    () => 'cut off',
  );
  const seen = (what: (state: LiveState) => unknown): Promise<void> =>
    vi.waitFor(() => expect(state && what(state)).toBeTruthy(), 20_000);

  await seen(({ host }) => host.keyKeptBy === 'os' && host.addresses.length > 0);
  await client.agents.add({
    name,
    description: '',
    tags: [],
    source: { kind: 'stdio', command: process.execPath, args: [script], env: {}, cwd: null },
    autostart: false,
  });
  await seen(({ agents }) => agents['plain']?.state === 'unconfirmed');
  const digest = (state as LiveState | null)?.agents['plain']?.sourceDigest ?? '';
  await client.agents.confirm({ name, sourceDigest: digest });
  await client.agents.start({ name });
  await seen(({ agents }) => agents['plain']?.state === 'running');
  const pid = (state as LiveState | null)?.agents['plain']?.pid ?? null;
  expect(pid).not.toBeNull();

  app.quit();
  await vi.waitFor(() => expect(app.exitCode).toBe(0), 20_000);
  expect(await watched).toBe('cut off');
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  await expect(stat(join(dataDir, 'endpoint.json'))).rejects.toThrow('ENOENT');
  expect(await readFile(join(dataDir, 'identity.key'), 'latin1')).toMatch(/^gatehouse-sealed-key-1 /);
});
