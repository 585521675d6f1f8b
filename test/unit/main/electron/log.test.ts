import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLog } from '../../../../main/electron/log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-log-'));
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => rm(folder, { recursive: true }));

const at = () => new Date('2026-01-02T03:04:05Z');

describe('the log of the shell', () => {
  it('adds lines with their time, and makes its folder', async () => {
    const path = join(folder, 'deep', 'gatehouse.log');
    const log = openLog(() => path, at);
    log('One.');
    log('Two.');
    expect(await readFile(path, 'utf8')).toBe(
      '2026-01-02T03:04:05.000Z One.\n2026-01-02T03:04:05.000Z Two.\n',
    );
  });

  it('is put aside when it has grown large, so that it takes 2 MiB at most', async () => {
    const path = join(folder, 'gatehouse.log');
    await writeFile(path, 'x'.repeat(1024 * 1024 + 1));
    openLog(() => path, at)('New.');
    expect(await readdir(folder)).toEqual(['gatehouse.log', 'gatehouse.log.old']);
    expect(await readFile(path, 'utf8')).toBe('2026-01-02T03:04:05.000Z New.\n');
  });

  it('never throws', () => {
    expect(() => openLog(() => folder, at)('The path is a folder.')).not.toThrow();
    expect(process.stderr.write).toHaveBeenCalledOnce();
  });
});
