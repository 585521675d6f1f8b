import { expect } from 'vitest';
import { expectCallsBothWays, giveAgent } from './acquaintance.ts';
import { invite, knowing, startRelay, untilReserved } from './bootstrap.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';
import { scenario } from './scenario.ts';
import { expectOneStory } from './story.ts';

/** What the relay lends to one circuit, how many of them the calls use up, and how long one call runs beside. */
const CIRCUIT_MIB = 16;
const CIRCUITS = 3;
const LONG_CALL_MS = 12_000;
/** Each carries 0.4 MB; and the relay tells of its bytes once a second. */
const MAX_CALLS = 400;

/** A STUN server of another make, from outside of the project. */
async function startCoturn(lab: Lab): Promise<string> {
  const machine = await lab.machine('stun', lab.internet.socket());
  const address = `${machine.line.ipv4}`;
  await lab.run(machine, 'turnserver', [
    ...['-n', '--stun-only', '--no-cli', '--no-tls', '--no-dtls', '--simple-log', '--log-file=stdout'],
    ...[`--listening-ip=${address}`, '--listening-port=3478', '--pidfile=/run/lab/turnserver.pid'],
  ]);
  return `${address}:3478`;
}

scenario(
  '4-symmetric',
  'two hosts behind symmetric NATs stay relayed, say why, and call',
  async (lab, say) => {
    const relay = await startRelay(lab, 'relay', {}, ['--circuit-mib', String(CIRCUIT_MIB)]);
    const stun = await startCoturn(lab);
    const homeA = await lab.home('home-a', { nat: 'symmetric', ipv4: '192.168.1' });
    const homeB = await lab.home('home-b', { nat: 'symmetric', ipv4: '192.168.2' });
    const ada = await lab.machine('ada', homeA.lan);
    const ben = await lab.machine('ben', homeB.lan);
    const env = { ...knowing(relay), GATEHOUSE_STUN: stun };
    await Promise.all([ada.start({ env }), ben.start({ env })]);
    await Promise.all([giveAgent(ada), giveAgent(ben)]);
    await Promise.all([untilReserved(ada, [relay]), untilReserved(ben, [relay])]);
    for (const machine of [ada, ben]) {
      await machine.until(
        'it knows that its router maps every destination anew',
        ({ reachability }) =>
          reachability.evidence.mapping === 'varies' && reachability.verdict === 'relay-only',
        { withinMs: 30_000 },
      );
    }
    say('both know what their router does');
    await invite(ada, ben);
    for (const [from, to] of [
      [ada, ben],
      [ben, ada],
    ] as const) {
      const peer = await from.untilPeer(
        to,
        'is relayed, and it says why',
        ({ links, pathNote }) =>
          links[0]?.path === 'relayed' && pathNote !== null && /router/i.test(pathNote),
        { withinMs: 30_000 },
      );
      expect(peer.links.map(({ path }) => path)).not.toContain('punched');
      expect(peer.links[0]?.relay).toBe(relay.peerId);
    }
    say('relayed, with a reason');
    await expectCallsBothWays(ada, ben);
    // A better path has been tried in vain by now, and the calls still go the way they can.
    for (const machine of [ada, ben])
      expect(machine.peer(machine === ada ? ben : ada)?.links[0]?.path).toBe('relayed');
    await expectCallsBothWays(ada, ben);
    await expectMoreThanOneCircuit(ada, ben, relay);
    say('calls went on from circuit to circuit');
    await expectOneStory(ada, [ben]);
  },
);

/** Calls carry several times what the relay lends to one circuit; one that runs all the while moves along. */
async function expectMoreThanOneCircuit(ada: Machine, ben: Machine, relay: Machine): Promise<void> {
  const before = relay.state.host.relay?.bytes ?? 0;
  const long = ada.call(ben, 'slow', { ms: LONG_CALL_MS });
  long.catch(() => undefined);
  const message = 'x'.repeat(200_000);
  const wanted = before + CIRCUITS * CIRCUIT_MIB * 2 ** 20;
  for (let call = 0; call < MAX_CALLS && (relay.state.host.relay?.bytes ?? 0) < wanted; call += 1) {
    expect(await ada.call(ben, 'echo', { message })).toBe(message);
  }
  expect(relay.state.host.relay?.bytes).toBeGreaterThan(wanted);
  expect(await long).toBe('slow run 1');
  expect(await ada.call(ben, 'runs', {}), 'runs of the call that moved').toBe('1');
  for (const [from, to] of [
    [ada, ben],
    [ben, ada],
  ] as const)
    expect(from.peer(to)?.links[0]?.path).toBe('relayed');
}
