import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { electronBinary } from '../../../scripts/desktop-app.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-electron-'));
});
afterEach(() => rm(folder, { recursive: true }));

it("finds Electron's binary where its package says, and only if it is there", async () => {
  expect(await electronBinary(folder)).toBeNull();
  await writeFile(join(folder, 'path.txt'), 'electron');
  expect(await electronBinary(folder)).toBeNull();
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'dist', 'electron'), '');
  expect(await electronBinary(folder)).toBe(join(folder, 'dist', 'electron'));
});
