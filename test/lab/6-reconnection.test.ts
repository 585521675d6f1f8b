import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { expectCall, expectCallsBothWays, giveAgent } from './acquaintance.ts';
import { invite, knowing, startRelay, untilReserved } from './bootstrap.ts';
import { record, seconds } from './figures.ts';
import type { Machine } from './machine.ts';
import { scenario } from './scenario.ts';
import { expectOneStory } from './story.ts';

const BACK_MS = 10_000;
const PULLED_MS = 30_000;
const OFF_MS = 3000;

/** How long it takes until both say that they are linked, and a call each way succeeds. */
async function timeBack(one: Machine, other: Machine, since: number): Promise<number> {
  const fresh = async (from: Machine, to: Machine): Promise<void> => {
    await from.untilPeer(
      to,
      'is linked again',
      // A link of before is dead, even where nobody has noticed yet.
      ({ links }) => links.some((link) => link.since >= since - 1000),
      { withinMs: 30_000 },
    );
  };
  await Promise.all([fresh(one, other), fresh(other, one)]);
  await Promise.all([expectCall(one, other), expectCall(other, one)]);
  return Date.now() - since;
}

scenario(
  '6-reconnection',
  'after a restart of the router, 30 s without a cable and the death of a relay, peers are back within 10 s',
  async (lab, say) => {
    const relays = [await startRelay(lab, 'relay-1'), await startRelay(lab, 'relay-2')];
    const homeA = await lab.home('home-a', { nat: 'masquerade' });
    const homeB = await lab.home('home-b', { nat: 'masquerade' });
    const homeC = await lab.home('home-c', { nat: 'symmetric' });
    const ada = await lab.machine('ada', homeA.lan);
    const ben = await lab.machine('ben', homeB.lan);
    const cat = await lab.machine('cat', homeC.lan);
    const all = [ada, ben, cat];
    const env = knowing(...relays);
    await Promise.all(all.map((machine) => machine.start({ env })));
    await Promise.all(all.map((machine) => giveAgent(machine)));
    await Promise.all(all.map((machine) => untilReserved(machine, relays)));
    await invite(ada, ben);
    await invite(ada, cat);
    await ada.untilPeer(ben, 'is punched', ({ links }) => links[0]?.path === 'punched');
    await ada.untilPeer(cat, 'is relayed', ({ links }) => links[0]?.path === 'relayed');
    await expectCallsBothWays(ada, ben);
    await expectCallsBothWays(ada, cat);

    say('all linked');
    // The router of one side is switched off and on, and gets another address.
    const address = await homeA.restart(() => delay(OFF_MS));
    const afterRestart = await timeBack(ada, ben, Date.now());
    await record('6', 'router restarted with another address', seconds(afterRestart));
    expect(afterRestart).toBeLessThan(BACK_MS);
    await ada.until(
      'it knows its new address outside',
      ({ reachability }) => reachability.evidence.externalIps.includes(address),
      { withinMs: 60_000, tell: ({ reachability }) => reachability.evidence.externalIps },
    );

    say(`back ${seconds(afterRestart)} after the restart of a router`);
    // One cable at a host, which sees it; one between a router and the internet, which nobody sees.
    await Promise.all([ben.line.pull(), homeC.line.pull()]);
    await ben.until('it is offline', ({ reachability }) => reachability.verdict === 'offline', {
      withinMs: 15_000,
    });
    await delay(PULLED_MS);
    await Promise.all([ben.line.restore(), homeC.line.restore()]);
    const restored = Date.now();
    const [ownCable, routersCable] = await Promise.all([
      timeBack(ada, ben, restored),
      timeBack(ada, cat, restored),
    ]);
    await record('6', 'cable of the host pulled for 30 s', seconds(ownCable));
    await record('6', 'cable of the router pulled for 30 s', seconds(routersCable));
    expect(Math.max(ownCable, routersCable)).toBeLessThan(BACK_MS);

    say(`back ${seconds(ownCable)} and ${seconds(routersCable)} after the cables`);
    // The relay that carries two of them dies at once; the other one is there. Who could punch has done so again before:
    // a call on a circuit of the dead relay is lost, and nobody can tell whether it ran.
    const patience = { withinMs: 60_000 };
    await ada.untilPeer(ben, 'is punched again', ({ links }) => links[0]?.path === 'punched', patience);
    await ben.untilPeer(ada, 'is punched again', ({ links }) => links[0]?.path === 'punched', patience);
    const through = await ada.untilPeer(cat, 'is relayed', ({ links }) => links[0]?.path === 'relayed');
    const dying = relays.find(({ peerId }) => peerId === through.links[0]?.relay);
    expect(dying).toBeDefined();
    const other = relays.find((relay) => relay !== dying)?.peerId;
    const killed = Date.now();
    await dying?.kill();
    const overTheOther = async (from: Machine, to: Machine): Promise<void> => {
      await from.untilPeer(
        to,
        'goes by the other relay',
        ({ links }) => links[0]?.path === 'relayed' && links[0].relay === other,
        { withinMs: 30_000 },
      );
    };
    await Promise.all([overTheOther(ada, cat), overTheOther(cat, ada)]);
    await expectCall(ada, cat);
    await expectCall(cat, ada);
    const afterDeath = Date.now() - killed;
    say(`back ${seconds(afterDeath)} after the death of a relay`);
    await record('6', 'relay killed, with a second one present', seconds(afterDeath));
    expect(afterDeath).toBeLessThan(BACK_MS);
    await expectCallsBothWays(ada, ben);
    await expectOneStory(ada, [ben, cat]);
  },
);
