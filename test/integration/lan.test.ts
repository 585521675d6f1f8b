import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Multicast must not leave this machine, so the hosts get a network of their own, and end with it. */
const inALan = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', fixture('in-a-lan.sh')];
const mayMakeNetworks = spawnSync('unshare', [...inALan, 'true']).status === 0;
if (!mayMakeNetworks) console.log('Skipped: two hosts on a LAN need root, unshare and iproute2.');

const Seen = z.object({
  ids: z.object({ ada: z.string(), ben: z.string() }),
  byAda: z.unknown(),
  byBen: z.unknown(),
});

test.skipIf(!mayMakeNetworks)(
  'two hosts that were just started on one LAN find each other, with nothing set up',
  async () => {
    const program = [process.execPath, fixture('two-hosts-on-a-lan.ts')];
    const { stdout } = await run('unshare', [...inALan, ...program], {
      timeout: 80_000,
      killSignal: 'SIGKILL',
    });
    const { ids, byAda, byBen } = Seen.parse(JSON.parse(stdout));
    const other = {
      known: 1,
      trust: 'unknown',
      path: 'lan',
      speaksGatehouse: true,
      foundBy: expect.stringMatching(/mdns|inbound/),
    };
    expect(byAda).toEqual({ ...other, id: ids.ben });
    expect(byBen).toEqual({ ...other, id: ids.ada });
  },
  90_000,
);
