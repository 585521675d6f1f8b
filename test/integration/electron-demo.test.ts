/** The demo of the desktop app: the whole shell and the real hosts, in front of a stand-in for Electron. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { CallView } from '../../shared/calls.ts';
import { PeerView } from '../../shared/peers.ts';
import { app, dialog, powerMonitor } from '../fixtures/fake-electron.ts';
import { Serving } from '../fixtures/serving.ts';

vi.mock('electron', () => import('../fixtures/fake-electron.ts'));

const argv = process.argv;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-desktop-demo-'));
  vi.stubEnv('TMPDIR', root);
  // As `npm start` does it.
  vi.stubEnv('GATEHOUSE_NODE', process.execPath);
  app.getAppPath = () => fileURLToPath(new URL('../..', import.meta.url));
  process.argv = ['Gatehouse', '--demo'];
  await import('../../main/electron/index.ts');
  await vi.waitUntil(() => powerMonitor.listenerCount('shutdown') === 1, 20_000);
});
afterAll(async () => {
  process.argv = argv;
  process.removeAllListeners('uncaughtException');
  process.removeAllListeners('unhandledRejection');
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

it.runIf(process.platform === 'linux')('has peers that call, and leaves nothing when it quits', async () => {
  const [folder = ''] = await readdir(root);
  const commandLine = new Serving(join(root, folder), 'you');
  await expect
    .poll(() => commandLine.ask(z.array(PeerView.extend({ id: z.string() })), 'peers'), { timeout: 40_000 })
    .toHaveLength(2);
  await expect
    .poll(() => commandLine.ask(z.array(CallView), 'calls'), { timeout: 30_000 })
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ direction: 'in', status: 'answered' }),
        expect.objectContaining({ direction: 'out', status: 'answered' }),
      ]),
    );
  app.quit();
  await vi.waitFor(() => expect(app.exitCode).toBe(0), 20_000);
  expect(dialog.errors).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});
