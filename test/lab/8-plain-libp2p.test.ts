import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';
import { PeerId } from '../../shared/ids.ts';
import { befriend, expectCallsBothWays, giveAgent } from './acquaintance.ts';
import { scenario } from './scenario.ts';
import { expectOneStory } from './story.ts';

const PLAIN = fileURLToPath(new URL('plain-libp2p.ts', import.meta.url));
const Plain = z.strictObject({ peerId: PeerId, ms: z.number() });

scenario(
  '8-plain-libp2p',
  'a node that only speaks plain libp2p is shown as what it is, and breaks nothing',
  async (lab) => {
    const { lan } = await lab.home('home', { nat: 'masquerade' });
    const ada = await lab.machine('ada', lan);
    const ben = await lab.machine('ben', lan);
    const stranger = await lab.machine('stranger', lan);
    await Promise.all([ada.start(), ben.start()]);
    await Promise.all([giveAgent(ada), giveAgent(ben)]);
    await befriend(ada, ben);
    await expectCallsBothWays(ada, ben);

    const address = `/ip4/${ada.line.ipv4}/tcp/4001/p2p/${ada.peerId}`;
    const { peerId } = Plain.parse(JSON.parse(await lab.run(stranger, process.execPath, [PLAIN, address])));
    const tell = ({ peers }: typeof ada.state): unknown => peers[peerId] ?? null;
    const seen = await ada.until(
      'the plain node is seen as one',
      ({ peers }) => (peers[peerId]?.speaksGatehouse === false ? peers[peerId] : null),
      { tell },
    );
    expect(seen).toMatchObject({
      trust: 'unknown',
      state: 'connected',
      foundBy: 'inbound',
      software: 'plain/1.0.0',
      isRelay: false,
      request: null,
      agents: [],
    });
    // What it cannot do is refused with a sentence, and nothing else is the worse for it.
    await expect(ada.call(peerId, 'echo', {})).rejects.toThrow(/\.$/);
    await expect(ada.client.peers.refresh({ peerId })).rejects.toThrow(/\.$/);
    await expectCallsBothWays(ada, ben);
    expect(ada.state.peers[peerId]?.state).toBe('connected');
    await expectOneStory(ada, [ben, { name: 'plain', peerId }]);
  },
);
