import { expect } from 'vitest';
import { befriend, expectCallsBothWays, giveAgent, introduce } from './acquaintance.ts';
import { seconds, record } from './figures.ts';
import { scenario } from './scenario.ts';
import { expectOneStory } from './story.ts';

scenario(
  '2-upnp',
  'a host behind a router with UPnP is mapped, verified and called from outside; the mapping is gone after its stop',
  async (lab) => {
    const home = await lab.home('home', { nat: 'masquerade' });
    await home.startUpnp();
    const ada = await lab.machine('ada', home.lan);
    const ben = await lab.machine('ben', lab.internet.socket());
    await ben.start();
    await giveAgent(ben);

    const started = Date.now();
    await ada.start();
    await giveAgent(ada);
    const at = `${ada.line.ipv4}`;
    await expect
      .poll(() => home.openPorts(), { interval: 200, timeout: 30_000 })
      .toEqual([`TCP 4001 to ${at}:4001`, `TCP 4002 to ${at}:4002`, `UDP 4001 to ${at}:4001`]);
    await ada.until(
      'it knows what the router has opened',
      ({ reachability }) => reachability.evidence.routers[0]?.mappings.length === 3,
    );
    expect(ada.state.reachability.evidence.routers).toMatchObject([
      { externalIp: home.line.ipv4, doubleNat: false, problem: null },
    ]);

    // From inside to outside first: a contact elsewhere is who can verify it.
    await introduce(ada, ben, `/ip4/${ben.line.ipv4}/tcp/4001/p2p/${ben.peerId}`);
    await ada.until('its verdict is mapped', ({ reachability }) => reachability.verdict === 'mapped', {
      withinMs: 60_000,
    });
    await record('2', 'from the start until the mapping is verified', seconds(Date.now() - started));
    const verified = ada.state.reachability.evidence.addresses.filter((address) => address.verified !== null);
    expect(verified.map(({ address }) => address)).toContain(`/ip4/${home.line.ipv4}/tcp/4001`);

    // Now from outside to inside: by somebody whom nobody in there can have called first.
    const cat = await lab.machine('cat', lab.internet.socket());
    await cat.start();
    await giveAgent(cat);
    await cat.client.peers.dial({ address: `/ip4/${home.line.ipv4}/tcp/4001/p2p/${ada.peerId}` });
    const outside = await cat.untilPeer(
      ada,
      'is linked directly',
      ({ links }) => links[0]?.path === 'direct',
    );
    expect(outside.links[0]).toMatchObject({ direction: 'outbound' });
    await befriend(cat, ada);
    await ada.untilPeer(cat, 'is linked directly', ({ links }) => links[0]?.path === 'direct');
    await expectCallsBothWays(cat, ada);
    await expectCallsBothWays(ada, ben);
    await expectOneStory(ada, [ben, cat]);
    await ben.until('its verdict is open', ({ reachability }) => reachability.verdict === 'open', {
      withinMs: 60_000,
    });

    await ada.stop();
    expect(await home.openPorts()).toEqual([]);
  },
);
