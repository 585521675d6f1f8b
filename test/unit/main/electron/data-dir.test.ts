import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { setupDataDir, usualDataDir } from '../../../../main/electron/data-dir.ts';
import { dataDirFrom } from '../../../../main/headless/data-dir.ts';
import { app } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));

it('is the folder that was given, made for its owner, with the profile of Chromium inside', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-data-'));
  const dataDir = join(folder, 'deep', 'data');
  try {
    expect(setupDataDir(dataDir)).toBe(dataDir);
    expect(app.getPath('userData')).toBe(join(dataDir, 'desktop'));
    if (process.platform !== 'win32') expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each([{}, { XDG_DATA_HOME: '/data' }, { XDG_DATA_HOME: 'relative' }, { GATEHOUSE_DATA: '/elsewhere' }])(
  'is otherwise the one that the command takes, with %j',
  (env: Record<string, string>) => {
    const command = dataDirFrom({ given: undefined, env, platform: 'linux', home: '/home/ada' });
    expect(usualDataDir('linux', env, '/home/ada/.config', '/home/ada')).toBe(command);
  },
);
