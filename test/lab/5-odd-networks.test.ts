import { expect } from 'vitest';
import { expectCallsBothWays, giveAgent } from './acquaintance.ts';
import { invite, knowing, startRelay, untilReserved } from './bootstrap.ts';
import type { Machine } from './machine.ts';
import { scenario } from './scenario.ts';
import { expectOneStory } from './story.ts';

/** Both sides tell of the same path, one of these. */
async function expectPath(
  one: Machine,
  other: Machine,
  paths: readonly string[],
  why?: RegExp,
): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    await from.untilPeer(
      to,
      `is reached: ${paths.join(' or ')}`,
      ({ links, pathNote }) =>
        paths.includes(links[0]?.path ?? 'none') && (why === undefined || why.test(pathNote ?? '')),
      { withinMs: 30_000 },
    );
  }
}

scenario(
  '5-odd-networks',
  'double NAT, a carrier’s NAT, IPv6 only, and IPv4 on one side with IPv6 on the other are told apart, and calls work',
  async (lab, say) => {
    const relay = await startRelay(lab, 'relay', { ipv4: true, ipv6: true });
    const outer = await lab.home('outer', { nat: 'masquerade', ipv4: '192.168.100' });
    const inner = await lab.home('inner', { nat: 'masquerade', uplink: outer.lan });
    const carrier = await lab.home('carrier', { nat: 'masquerade', ipv4: '100.64.7' });
    const customer = await lab.home('customer', {
      nat: 'masquerade',
      ipv4: '192.168.3',
      uplink: carrier.lan,
    });
    await Promise.all([inner.startUpnp(), customer.startUpnp()]);
    const six = { nat: 'none', ipv4: null, families: { ipv4: false, ipv6: true } } as const;
    const sixA = await lab.home('six-a', { ...six, ipv6: '2a01:a:0:1' });
    const sixB = await lab.home('six-b', { ...six, ipv6: '2a01:b:0:1' });
    const dora = await lab.machine('dora', inner.lan);
    const carl = await lab.machine('carl', customer.lan);
    const sven = await lab.machine('sven', sixA.lan);
    const siri = await lab.machine('siri', sixB.lan);
    const all = [dora, carl, sven, siri];
    const env = knowing(relay);
    await Promise.all(all.map((machine) => machine.start({ env })));
    await Promise.all(all.map((machine) => giveAgent(machine)));
    await Promise.all(all.map((machine) => untilReserved(machine, [relay])));

    say('all wait at their relay');
    // A router behind a router is recognised by its outer address, and opens nothing that helps.
    for (const [machine, router] of [
      [dora, inner],
      [carl, customer],
    ] as const) {
      const { evidence, verdict } = await machine.until(
        'it knows that there is another router behind its own',
        ({ reachability }) => (reachability.evidence.routers[0]?.doubleNat === true ? reachability : null),
        { withinMs: 45_000 },
      );
      // Debian's miniupnpd says 0.0.0.0 where its outer address is a private one; others say that address.
      expect([router.line.ipv4, null]).toContain(evidence.routers[0]?.externalIp);
      expect(verdict).not.toBe('mapped');
    }
    await dora.until(
      'it says so',
      ({ reachability }) => /second|another|two|behind/i.test(reachability.action ?? ''),
      {
        withinMs: 30_000,
      },
    );
    for (const machine of [sven, siri]) {
      const own = machine.state.host.addresses.filter((address) => !address.includes('/p2p-circuit/'));
      expect(own.filter((address) => !/^\/(ip6|ip4\/127\.)/.test(address))).toEqual([]);
    }

    say('second routers are recognised');
    await invite(dora, carl);
    await expectPath(dora, carl, ['punched', 'relayed']);
    await expectCallsBothWays(dora, carl);
    say('two routers deep, on both sides');
    await invite(sven, siri);
    await expectPath(sven, siri, ['punched', 'direct', 'relayed']);
    await expectCallsBothWays(sven, siri);
    say('IPv6 only');
    // No address of one means anything to the other: there is the relay, and nothing else.
    await invite(carl, sven);
    await expectPath(carl, sven, ['relayed'], /through the relay/);
    await expectCallsBothWays(carl, sven);

    say('IPv4 to IPv6');
    await expectOneStory(carl, [dora, sven]);
    await expectOneStory(sven, [siri, carl]);
  },
);
