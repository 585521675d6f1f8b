import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** WebRTC does not use loopback, so the hosts get a network of their own. */
const inALan = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', fixture('in-a-lan.sh')];
const mayMakeNetworks = spawnSync('unshare', [...inALan, 'true']).status === 0;
if (!mayMakeNetworks) console.log('Skipped: punching holes needs root, unshare and iproute2.');

test.skipIf(!mayMakeNetworks)(
  'two hosts that listen nowhere meet over a relay, punch through, and take the call along',
  async () => {
    const program = [process.execPath, fixture('punching-in-a-lan.ts')];
    // The program ends by itself: nothing of the native library is left behind.
    const { stdout } = await run('unshare', [...inALan, ...program], {
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    expect(JSON.parse(stdout)).toMatchObject({
      first: 'relayed',
      openedOn: 'relayed',
      movedTo: 'punched',
      transport: 'webrtc',
      relay: null,
      inOrder: true,
      largeCame: true,
      bytesAfter: 0,
      circuits: 0,
      notices: [],
    });
  },
  70_000,
);
