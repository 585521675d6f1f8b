import { expect, it, vi } from 'vitest';
import { FetchedCards } from '../../../../../main/host/registry/fetched-cards.ts';
import type { Network } from '../../../../../main/host/network/index.ts';
import type { HeardCard } from '../../../../../main/host/peers/index.ts';
import { AgentName, PeerId } from '../../../../../shared/ids.ts';

const size = vi.hoisted(() => ({ ofOne: 100_000 }));
vi.mock('../../../../../main/host/peers/index.ts', () => ({
  readCards: (): HeardCard[] => [
    {
      agent: { name: agent, verified: true, description: 'x'.repeat(size.ofOne), version: '1', tools: [] },
      tags: [],
      sequence: 1,
      expires: Date.now() + 60_000,
      at: 1,
    },
  ],
}));

const agent = AgentName.parse('weather');
const LETTERS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const peer = (at: number): PeerId =>
  PeerId.parse(`12D3Koo${'W'.repeat(43)}${LETTERS[Math.floor(at / 58)]}${LETTERS[at % 58]}`);

async function fetched(count: number): Promise<{ cards: FetchedCards; kept: PeerId[]; told: PeerId[] }> {
  const network = {
    fetchCards: () => Promise.resolve({ cards: [] }),
  } as unknown as Network;
  const cards = new FetchedCards({ network });
  const all = Array.from({ length: count }, (_, at) => peer(at));
  const told: PeerId[] = [];
  await cards.fetch(all, AbortSignal.timeout(10_000), (peerId) => {
    if (cards.of(peerId, agent) === undefined) told.push(peerId);
  });
  return { cards, told, kept: all.filter((peerId) => cards.of(peerId, agent) !== undefined) };
}

it('keeps 8 MiB of cards, forgets who was asked first, and says so', async () => {
  const { cards, kept, told } = await fetched(200);
  expect(kept.length).toBeGreaterThan(75);
  expect(kept.length * size.ofOne).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(kept).toContain(peer(199));
  expect(told).toHaveLength(200 - kept.length);
  // What has expired makes room again.
  expect(cards.sweep(Date.now() + 61_000)).toHaveLength(kept.length);
});

it('keeps the cards of 500 peers', async () => {
  size.ofOne = 10;
  expect((await fetched(600)).kept).toHaveLength(500);
});
