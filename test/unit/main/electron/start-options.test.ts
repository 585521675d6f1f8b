import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseStartOptions } from '../../../../main/electron/start-options.ts';

describe('the command line of the app', () => {
  it('is quiet by default', () => {
    expect(parseStartOptions(['Gatehouse'], false)).toEqual({ demo: false, dataDir: null, link: null });
  });

  it('takes the demo and a data folder, among the switches of others', () => {
    const argv = ['electron', '--inspect=0', '.', '--demo', '--data', 'scratch', '--no-sandbox', '-psn_0_1'];
    expect(parseStartOptions(argv, false)).toEqual({ demo: true, dataDir: resolve('scratch'), link: null });
  });

  it('passes over the folder that Electron was given to run', () => {
    expect(parseStartOptions(['electron', 'gatehouse:folder', '--demo'], true).link).toBeNull();
  });

  it('finds a link, after the dashes that keep it from being a switch', () => {
    expect(parseStartOptions(['Gatehouse', '--', 'gatehouse://show/peers'], false).link).toBe(
      'gatehouse://show/peers',
    );
    expect(parseStartOptions(['Gatehouse', '--', '--demo'], false).demo).toBe(false);
  });

  it('does not take an empty data folder for a folder', () => {
    expect(parseStartOptions(['Gatehouse', '--data='], false).dataDir).toBeNull();
  });
});
