import { expect } from 'vitest';
import { befriend, expectCallsBothWays, giveAgent } from './acquaintance.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';
import { scenario } from './scenario.ts';
import { expectOneStory } from './story.ts';

/** What a container engine leaves on every machine: an interface of the same address everywhere, which leads nowhere. */
async function addContainers(machine: Machine): Promise<void> {
  await machine.namespace.ip(
    'link add docker0 type bridge',
    'link add inside0 type veth peer name inside1',
    'link set inside0 master docker0',
    'link set inside0 up',
    'link set inside1 up',
    'addr add 172.17.0.1/16 dev docker0',
    'link set docker0 up',
  );
}

/** Three machines and three networks: any two machines share one of them, some by their second interface. */
async function build(lab: Lab): Promise<readonly [Machine, Machine, Machine]> {
  const office = await lab.network('office', '192.168.10');
  const studio = await lab.network('studio', '192.168.20');
  const attic = await lab.network('attic', '10.20.30');
  const machines = [
    await lab.machine('ada', office, studio),
    await lab.machine('ben', studio, attic),
    await lab.machine('cat', attic, office),
  ] as const;
  await machines[0].namespace.ip('route add default dev eth0');
  await Promise.all(machines.map(addContainers));
  return machines;
}

scenario(
  '1-lan',
  'three hosts, two interfaces each, find each other by mDNS on every one of them',
  async (lab) => {
    const [ada, ben, cat] = await build(lab);
    const pairs = [
      [ada, ben],
      [ben, cat],
      [cat, ada],
    ] as const;
    await Promise.all([ada, ben, cat].map((machine) => machine.start()));
    for (const [one, other] of pairs) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const peer = await from.untilPeer(
          to,
          'is linked on the LAN',
          ({ links, speaksGatehouse }) => links[0]?.path === 'lan' && speaksGatehouse === true,
        );
        expect(peer).toMatchObject({ trust: 'unknown', state: 'connected' });
        expect(peer.foundBy).toMatch(/mdns|inbound/);
      }
    }
    await Promise.all([ada, ben, cat].map((machine) => giveAgent(machine)));
    for (const [one, other] of pairs) {
      await befriend(one, other);
      await expectCallsBothWays(one, other);
    }
    for (const machine of [ada, ben, cat])
      await machine.until(
        'its verdict is lan-only',
        ({ reachability }) => reachability.verdict === 'lan-only',
      );
    await expectOneStory(ada, [ben, cat]);
  },
);
