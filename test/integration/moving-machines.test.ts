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
  isPlainAware: z.boolean(),
  ended: inGoodOrder,
  notices: z.array(z.string()),
});
const Reconnection = z.strictObject({ ended: inGoodOrder });

async function play<T>(schema: z.ZodType<T>, scenario: string): Promise<T> {
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
      const { isPlainAware, notices } = await play(Interfaces, 'interfaces');
      expect(isPlainAware).toBe(true);
      expect(notices).toEqual([]);
    },
    160_000,
  );

  // How many seconds each of it takes is measured by `npm run lab 6`.
  it('find a dead link by its silence, and are back by themselves after whatever it was', async () => {
    await play(Reconnection, 'reconnection');
  }, 160_000);
});
