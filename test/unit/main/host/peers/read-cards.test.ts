import { beforeAll, describe, expect, it } from 'vitest';
import { describeAgent, signCard, type Identity } from '../../../../../main/host/identity/index.ts';
import { OF_CONTACTS, OF_STRANGERS, readCards } from '../../../../../main/host/peers/read-cards.ts';
import type { AgentCard } from '../../../../../shared/cards.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import { newIdentity } from './fakes.ts';

let ada: Identity;
let ben: Identity;
beforeAll(async () => {
  [ada, ben] = await Promise.all([newIdentity(), newIdentity()]);
});

function cardOf(identity: Identity, name: string, sequence = 1, description = '', tools = 1): AgentCard {
  const facts = {
    name: AgentName.parse(name),
    description,
    version: '1',
    tags: [],
    tools: Array.from({ length: tools }, (_, number) => ({
      name: `tool-${number}`,
      title: null,
      description: 'x'.repeat(1000),
      pin: 'a'.repeat(64),
    })),
  };
  const issue = { peerId: identity.peerId, sequence, expires: new Date(Date.now() + 60_000) };
  return signCard(describeAgent(facts, issue), identity);
}

describe('the cards of a peer', () => {
  it('tell what agents it has; of two for one agent the newer counts, whatever their order', () => {
    const cards = [cardOf(ada, 'echo', 2, 'new'), cardOf(ada, 'echo', 1, 'old'), cardOf(ada, 'notes')];
    for (const order of [cards, cards.toReversed()]) {
      const read = readCards(order, ada.peerId, OF_CONTACTS);
      expect(read.map(({ agent }) => agent.name).toSorted()).toEqual(['echo', 'notes']);
      expect(read.find(({ agent }) => agent.name === 'echo')).toMatchObject({
        agent: { description: 'new' },
        sequence: 2,
      });
    }
  });

  it('are left out where another peer made them, somebody changed them or they are no cards', () => {
    const changed = { ...cardOf(ada, 'echo'), description: 'something else' };
    const read = readCards(
      [cardOf(ben, 'echo'), changed, null, 7, {}, cardOf(ada, 'notes')],
      ada.peerId,
      OF_CONTACTS,
    );
    expect(read.map(({ agent }) => agent.name)).toEqual(['notes']);
  });

  it('are looked at up to a limit, which is lower for strangers', () => {
    const cards = Array.from({ length: 70 }, (_, number) => cardOf(ada, `agent-${number}`));
    expect(readCards(cards, ada.peerId, OF_CONTACTS)).toHaveLength(OF_CONTACTS.cards);
    expect(readCards(cards, ada.peerId, OF_STRANGERS)).toHaveLength(OF_STRANGERS.cards);
  });

  it('are cut where they are long, and left out where all together are too large', () => {
    const large = cardOf(ada, 'large', 1, 'y'.repeat(1000), 300);
    const [read] = readCards([large], ada.peerId, OF_CONTACTS);
    expect(read?.agent.tools).toHaveLength(OF_CONTACTS.tools);
    expect(read?.agent.description).toHaveLength(500);
    expect(read?.agent.tools[0]?.description).toHaveLength(500);
    const tight = { ...OF_STRANGERS, size: 4096 };
    const names = readCards([large, cardOf(ada, 'small')], ada.peerId, tight).map(({ agent }) => agent.name);
    expect(names).toEqual(['small']);
  });
});
