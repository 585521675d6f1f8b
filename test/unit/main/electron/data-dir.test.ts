import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setupDataDir } from '../../../../main/electron/data-dir.ts';
import { dataDirFrom } from '../../../../main/headless/data-dir.ts';
import { app, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(() => {
  resetElectron();
  vi.stubEnv('GATEHOUSE_DATA', undefined);
  vi.stubEnv('XDG_DATA_HOME', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the folder of this installation', () => {
  it('is the one that was given, with the profile of Chromium inside', () => {
    expect(setupDataDir('/scratch')).toBe('/scratch');
    expect(app.getPath('userData')).toBe(join('/scratch', 'desktop'));
  });

  it.runIf(process.platform === 'linux').each([
    {},
    { XDG_DATA_HOME: '/data' },
    { XDG_DATA_HOME: 'relative' },
    { GATEHOUSE_DATA: '/elsewhere' },
  ])('is the one that the command takes, with %j', (env: Record<string, string>) => {
    app.setPath('home', '/home/ada');
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const command = dataDirFrom({ given: undefined, env, platform: 'linux', home: '/home/ada' });
    expect(setupDataDir(null)).toBe(command);
  });
});
