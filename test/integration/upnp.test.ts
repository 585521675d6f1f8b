import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** A router, and all that runs in it and behind it, ends with the one process that made it. */
const inNamespaces = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const mayMakeNetworks =
  spawnSync('unshare', [...inNamespaces, 'sh', '-c', 'ip link && nft --version && which miniupnpd nsenter'])
    .status === 0;
if (!mayMakeNetworks)
  console.log('Skipped: a router with UPnP needs root, iproute2, nftables and miniupnpd.');

test.skipIf(!mayMakeNetworks)(
  'a host has the router open its ports, and close them when it stops',
  async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
    onTestFinished(() => rm(scratch, { recursive: true, force: true }));
    const program = [
      fixture('behind-a-router.sh'),
      scratch,
      process.execPath,
      fixture('host-behind-a-router.ts'),
    ];
    const { stdout } = await run('unshare', [...inNamespaces, 'sh', ...program], {
      timeout: 80_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, SCRATCH: scratch },
    });
    const log = await readFile(join(scratch, 'miniupnpd.log'), 'utf8');
    expect(JSON.parse(stdout), log.slice(-2000)).toEqual({
      open: [
        'TCP 4001 to 192.168.77.2:4001',
        'TCP 4002 to 192.168.77.2:4002',
        'UDP 4001 to 192.168.77.2:4001',
      ],
      code: 0,
      left: [],
    });
  },
  90_000,
);

test.skipIf(!mayMakeNetworks)(
  'a router that was restarted, or has another address, opens the ports again; one behind another is recognised',
  async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
    onTestFinished(() => rm(scratch, { recursive: true, force: true }));
    const program = [
      fixture('behind-a-router.sh'),
      scratch,
      process.execPath,
      fixture('port-mapper-behind-a-router.ts'),
    ];
    const { stdout } = await run('unshare', [...inNamespaces, 'sh', ...program], {
      timeout: 110_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, SCRATCH: scratch },
    });
    const log = await readFile(join(scratch, 'miniupnpd.log'), 'utf8');
    expect(JSON.parse(stdout), log.slice(-2000)).toEqual({
      first: { at: '11.0.0.2', held: ['TCP 4001', 'TCP 4002', 'UDP 4001'] },
      forgotten: [],
      again: { problem: null, held: ['TCP 4001', 'TCP 4002', 'UDP 4001'] },
      fewer: ['TCP 4001', 'UDP 4001'],
      moved: ['tcp 11.0.1.99:4001', 'udp 11.0.1.99:4001'],
      second: [false, true],
    });
  },
  120_000,
);
