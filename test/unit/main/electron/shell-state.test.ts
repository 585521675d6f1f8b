import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openShellState } from '../../../../main/electron/shell-state.ts';

const NOTHING_KEPT = { bounds: null, maximised: false, onClose: null };
const bounds = { x: 10, y: 20, width: 900, height: 700 };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-state-'));
  path = join(folder, 'shell.json');
});
afterEach(() => rm(folder, { recursive: true }));

const fail = (error: unknown): void => expect.unreachable(String(error));
const open = (delayMs = 60_000, onError: (error: unknown) => void = fail) =>
  openShellState(path, { delayMs, onError });

describe('what the shell remembers', () => {
  it('is nothing at first', () => {
    expect(open().state).toEqual(NOTHING_KEPT);
  });

  it('comes back in the next run', async () => {
    const first = open();
    first.change({ bounds });
    first.change({ maximised: true });
    await first.flush();
    expect(open().state).toEqual({ bounds, maximised: true, onClose: null });
  });

  it('is written once for many changes, some time later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const file = open(500);
      for (let x = 0; x < 50; x += 1) file.change({ bounds: { ...bounds, x } });
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(500);
      await file.flush();
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ bounds: { x: 49 } });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is for its owner only, and leaves no half-written file', async () => {
    const file = open();
    file.change({ onClose: 'keep' });
    await file.flush();
    expect(await readdir(folder)).toEqual(['shell.json']);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    '',
    '{',
    'null',
    '{"bounds":{"x":1},"maximised":false,"onClose":null}',
    '{"bounds":{"x":0,"y":0,"width":-5,"height":1e9},"maximised":false,"onClose":null}',
    '{"bounds":null,"maximised":"yes","onClose":null}',
    '{"bounds":null,"maximised":false,"onClose":"explode"}',
  ])('is nothing where the file says %j', async (text) => {
    await writeFile(path, text);
    expect(open().state).toEqual(NOTHING_KEPT);
  });

  it('says so where it cannot be written, and goes on', async () => {
    const onError = vi.fn();
    path = join(folder, 'missing', 'shell.json');
    const file = open(60_000, onError);
    file.change({ bounds });
    await file.flush();
    expect(onError).toHaveBeenCalledOnce();
    expect(file.state.bounds).toEqual(bounds);
  });
});
