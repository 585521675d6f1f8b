import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Networks that end with their test, and that nothing leaves. */
const inNetworks = [
  ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['sh', fixture('in-own-networks.sh')],
];
const mayMakeNetworks = spawnSync('unshare', [...inNetworks, 'ip', 'netns', 'add', 'test']).status === 0;
if (!mayMakeNetworks) console.log('Skipped: machines that move need root, unshare and iproute2.');

const inGoodOrder = z.array(z.strictObject({ code: z.literal(0), left: z.array(z.string()).length(0) }));
const Interfaces = z.strictObject({
  appearedMs: z.number(),
  isPlainAware: z.boolean(),
  ended: inGoodOrder,
  notices: z.array(z.string()),
});
const Reconnection = z.strictObject({
  lostByAda: z.number(),
  lostByBen: z.number(),
  cableMs: z.number(),
  addressMs: z.number(),
  sleepMs: z.number(),
  restartMs: z.number(),
  ended: inGoodOrder,
});

async function measure<T>(schema: z.ZodType<T>, scenario: string): Promise<T> {
  const program = [process.execPath, fixture('moving-machines.ts'), scenario];
  const { stdout } = await run('unshare', [...inNetworks, ...program], {
    timeout: 150_000,
    killSignal: 'SIGKILL',
  });
  return schema.parse(JSON.parse(stdout));
}

describe.skipIf(!mayMakeNetworks)('machines whose networks come, go and change', () => {
  it(
    'find each other on every interface, IPv6 only as well, past a VPN that has the default route, and when an ' +
      'interface comes later',
    async () => {
      const { appearedMs, isPlainAware, notices } = await measure(Interfaces, 'interfaces');
      expect(appearedMs).toBeLessThan(7000);
      expect(isPlainAware).toBe(true);
      expect(notices).toEqual([]);
    },
    160_000,
  );

  it('find a dead link in seconds, and are back within 10 s after whatever it was', async () => {
    const { lostByAda, lostByBen, ...back } = await measure(Reconnection, 'reconnection');
    // Ada sees that her cable is gone; Ben hears nothing any more.
    expect(lostByAda).toBeLessThan(8000);
    expect(lostByBen).toBeLessThan(11_000);
    for (const ms of [back.cableMs, back.addressMs, back.sleepMs, back.restartMs]) {
      expect(ms).toBeLessThan(10_000);
    }
  }, 160_000);
});
