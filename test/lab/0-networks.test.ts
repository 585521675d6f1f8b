/** The networks of the lab are what they claim to be: what the other scenarios prove rests on it. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';
import { scenario } from './scenario.ts';

const PROBE = fileURLToPath(new URL('probe.ts', import.meta.url));
const Answers = z.strictObject({ own: z.number(), answers: z.array(z.string().nullable()) });

async function ask(machine: Machine, ...servers: readonly string[]): Promise<z.infer<typeof Answers>> {
  return Answers.parse(JSON.parse(await machine.namespace.run(process.execPath, [PROBE, 'ask', ...servers])));
}

async function knock(machine: Machine, address: string, port: number): Promise<unknown> {
  return JSON.parse(await machine.namespace.run(process.execPath, [PROBE, 'knock', address, String(port)]));
}

/** A UDP server that says who asks. */
const serve = (lab: Lab, machine: Machine, port: number): Promise<string> =>
  lab.run(machine, process.execPath, [PROBE, 'serve', String(port)]);

scenario(
  '0-networks',
  'are what they claim to be: they filter, map and forget as the others count on',
  async (lab) => {
    const one = await lab.machine('one', lab.internet.socket());
    const two = await lab.machine('two', lab.internet.socket());
    const plain = await lab.home('plain', { nat: 'masquerade' });
    const symmetric = await lab.home('symmetric', { nat: 'symmetric' });
    const inner = await lab.home('inner', { nat: 'masquerade', ipv4: '192.168.2', uplink: plain.lan });
    const ada = await lab.machine('ada', plain.lan);
    const ben = await lab.machine('ben', symmetric.lan);
    const cat = await lab.machine('cat', inner.lan);
    await Promise.all([serve(lab, one, 3478), serve(lab, two, 3478), serve(lab, ada, 5000)]);
    const servers = [`${one.line.ipv4}:3478`, `${two.line.ipv4}:3478`];

    const kept = await ask(ada, ...servers);
    expect(kept.answers).toEqual([`${plain.line.ipv4}:${kept.own}`, `${plain.line.ipv4}:${kept.own}`]);

    const varied = await ask(ben, ...servers);
    const [first, second] = varied.answers;
    expect(first).toMatch(`${symmetric.line.ipv4}:`);
    expect(second).toMatch(`${symmetric.line.ipv4}:`);
    expect(first).not.toBe(second);

    const twice = await ask(cat, ...servers);
    expect(twice.answers.map((answer) => answer?.split(':')[0])).toEqual([plain.line.ipv4, plain.line.ipv4]);

    // Nobody outside gets in: not to the router, not to the machine behind it, and not by its private address.
    expect((await ask(one, `${plain.line.ipv4}:5000`)).answers).toEqual([null]);
    expect(await knock(one, `${plain.line.ipv4}`, 5000)).toBe('silent');
    expect(await knock(one, `${ada.line.ipv4}`, 5000)).toBe('closed');

    // Over IPv6 nothing is mapped, and all the same nobody gets in unasked.
    const server = await lab.machine('server', lab.internet.socket({ ipv6: true }));
    const filtered = await lab.home('filtered', {
      nat: 'none',
      ipv4: null,
      ipv6: '2a01:a:0:1',
      families: { ipv4: false, ipv6: true },
    });
    const sue = await lab.machine('sue', filtered.lan);
    const [six, inside] = [`${server.line.ipv6}`, `${sue.line.ipv6}`];
    await lab.run(server, process.execPath, [PROBE, 'listen', six, '4001']);
    await lab.run(sue, process.execPath, [PROBE, 'listen', inside, '4001']);
    expect(await knock(sue, six, 4001)).toBe('open');
    expect(await knock(sue, inside, 4001)).toBe('open');
    expect(await knock(server, inside, 4001)).toBe('silent');

    // A pulled cable is noticed, and what comes back after a restart has another address and an empty memory.
    const before = plain.line.ipv4;
    const after = await plain.restart(async () => {
      expect((await ask(ada, ...servers)).answers).toEqual([null, null]);
    });
    expect(after).not.toBe(before);
    expect((await ask(ada, ...servers)).answers.map((answer) => answer?.split(':')[0])).toEqual([
      after,
      after,
    ]);
  },
);
