import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeNewFile } from '../../../../main/headless/new-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-new-file-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('is readable by its owner only, and never written over', async () => {
  const path = join(dir, 'a.jsonl');
  expect(await writeNewFile(path, ['ä', 'b\n'])).toBe(4);
  expect(await readFile(path, 'utf8')).toBe('äb\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(writeNewFile(path, ['c'])).rejects.toMatchObject({ code: 'FILE', message: /already/ });
  expect(await readFile(path, 'utf8')).toBe('äb\n');
  await expect(writeNewFile(join(dir, 'none', 'a'), [])).rejects.toThrow('cannot be written');
});

it('leaves nothing of what ends too soon', async () => {
  const path = join(dir, 'a.jsonl');
  async function* pieces(): AsyncGenerator<string, void> {
    yield await Promise.resolve('one');
    expect(existsSync(path)).toBe(true);
    throw new Error('The host has gone.');
  }
  await expect(writeNewFile(path, pieces())).rejects.toThrow('The host has gone.');
  expect(existsSync(path)).toBe(false);
});
