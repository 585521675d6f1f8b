import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Multicast must not leave this machine, so the hosts get a network of their own. */
const mayMakeNetworks = spawnSync('unshare', ['--net', 'sh', fixture('in-a-lan.sh'), 'true']).status === 0;
if (!mayMakeNetworks) console.log('Skipped: two hosts on a LAN need root, unshare and iproute2.');

test.skipIf(!mayMakeNetworks)(
  'two hosts on one LAN find each other, with nothing set up',
  async () => {
    const { stdout } = await run(
      'unshare',
      ['--net', 'sh', fixture('in-a-lan.sh'), process.execPath, fixture('two-hosts-on-a-lan.ts')],
      { timeout: 60_000 },
    );
    const seen = { trust: 'unknown', path: 'lan', speaksGatehouse: true };
    expect(JSON.parse(stdout)).toEqual({
      ada: { ...seen, name: 'Ben', foundBy: expect.stringMatching(/mdns|inbound/) },
      ben: { ...seen, name: 'Ada', foundBy: expect.stringMatching(/mdns|inbound/) },
    });
  },
  90_000,
);
