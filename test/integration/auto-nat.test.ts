import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** AutoNAT asks about public addresses only. */
const inANetwork = [
  ...['--net', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['sh', fixture('with-public-addresses.sh')],
];
const mayMakeNetworks = spawnSync('unshare', [...inANetwork, 'true']).status === 0;
if (!mayMakeNetworks) console.log('Skipped: public addresses need root, unshare and iproute2.');

test.skipIf(!mayMakeNetworks)(
  'what AutoNAT connects for a test is no link, on neither side, and is closed; the link stays',
  async () => {
    const program = [process.execPath, fixture('two-that-test-by-auto-nat.ts')];
    const { stdout } = await run('unshare', [...inANetwork, ...program], {
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    // One test for each, which both see.
    const side = { links: ['open'], tests: 2, adopted: 0 };
    expect(JSON.parse(stdout)).toEqual({ asker: side, asked: side });
  },
  70_000,
);
