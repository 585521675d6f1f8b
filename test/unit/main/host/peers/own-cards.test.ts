import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { mcpFacts, verifyCard, type Identity } from '../../../../../main/host/identity/index.ts';
import { OwnCards } from '../../../../../main/host/peers/own-cards.ts';
import { FakeAgents, FakeFacts, newIdentity } from './fakes.ts';

let identity: Identity;
let agents: FakeAgents;
let facts: FakeFacts;
beforeEach(async () => {
  identity = await newIdentity();
  agents = new FakeAgents();
  facts = new FakeFacts();
});

function startCards(): OwnCards {
  const cards = new OwnCards({ agents, identity, facts });
  cards.start();
  onTestFinished(() => cards.stop());
  return cards;
}

/** The agents with the sequences of their cards, each verified as a peer would. */
const sequences = (cards: OwnCards): [string, number][] =>
  cards.visibleTo(true).map((card) => {
    const { agent, sequence } = mcpFacts(verifyCard(structuredClone(card), identity.peerId));
    return [agent, sequence];
  });

describe('our own cards', () => {
  it('are there for agents that run, and only for them', () => {
    agents.shows();
    const cards = startCards();
    expect(sequences(cards)).toEqual([['echo', expect.any(Number)]]);
    agents.shows({ state: 'crashed' });
    expect(cards.visibleTo(true)).toEqual([]);
    const view = agents.shows();
    expect(cards.visibleTo(true)).toHaveLength(1);
    agents.emit('agent', view.name, null);
    expect(cards.visibleTo(true)).toEqual([]);
  });

  it('have a new sequence when the agent changes in what peers see, and else keep the old one', () => {
    const cards = startCards();
    agents.shows();
    const [[, first] = []] = sequences(cards);
    agents.shows({ cpuPercent: 50, memoryBytes: 1e6, callsRunning: 3, detail: 'busy' });
    expect(sequences(cards)).toEqual([['echo', first]]);
    agents.shows({ description: 'Says it louder.' });
    const [[, second] = []] = sequences(cards);
    expect(second).toBeGreaterThan(first ?? Infinity);
  });

  it('are seen by strangers only while their agent is announced', () => {
    const cards = startCards();
    agents.shows();
    expect(cards.visibleTo(true)).toHaveLength(1);
    expect(cards.visibleTo(false)).toEqual([]);
    agents.shows({ announced: true });
    expect(cards.visibleTo(false)).toEqual(cards.visibleTo(true));
    agents.shows({ announced: false });
    expect(cards.visibleTo(false)).toEqual([]);
  });

  it('go on counting after a restart, also where the clock was set back or nothing can be written', () => {
    const future = Date.now() + 1_000_000;
    facts.kept.set('cardSequence', String(future));
    const cards = startCards();
    agents.shows();
    expect(sequences(cards)).toEqual([['echo', future + 1]]);
    facts.isFull = true;
    agents.shows({ description: 'Says it louder.' });
    expect(sequences(cards)).toEqual([['echo', future + 2]]);
  });
});
