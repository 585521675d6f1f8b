import type { PeerId } from '../../../shared/ids.ts';
import type { PeerAgent } from '../../../shared/peers.ts';
import { CardError, mcpFacts, verifyCard } from '../identity/index.ts';

/** What of a peer's cards is kept, and shown in every window; the rest is there when its tools are listed. */
export interface CardLimits {
  /** Cards that are looked at; verifying one costs more than sending it. */
  readonly cards: number;
  readonly tools: number;
  /** Of all together, as JSON characters. */
  readonly size: number;
}
export const OF_CONTACTS: CardLimits = { cards: 64, tools: 200, size: 512 * 1024 };
/** There may be hundreds of them, and nobody has chosen them. */
export const OF_STRANGERS: CardLimits = { cards: 8, tools: 50, size: 32 * 1024 };
const MAX_TEXT = 500;

/** The agents that a peer's cards describe, newest card first. A card that does not verify is left out. */
export function readCards(cards: readonly unknown[], peerId: PeerId, limits: CardLimits): PeerAgent[] {
  const agents = new Map<string, { agent: PeerAgent; sequence: number }>();
  for (const unverified of cards.slice(0, limits.cards)) {
    const read = readCard(unverified, peerId, limits);
    if (read === null) continue;
    const known = agents.get(read.agent.name);
    if (known === undefined || known.sequence < read.sequence) agents.set(read.agent.name, read);
  }
  let size = 0;
  return [...agents.values()]
    .map(({ agent }) => agent)
    .filter((agent) => {
      const needed = JSON.stringify(agent).length;
      if (size + needed > limits.size) return false;
      size += needed;
      return true;
    });
}

function readCard(
  unverified: unknown,
  peerId: PeerId,
  limits: CardLimits,
): { agent: PeerAgent; sequence: number } | null {
  try {
    const card = verifyCard(unverified, peerId);
    const { agent: name, sequence, tools } = mcpFacts(card);
    const { description, version } = card;
    const summaries = tools.slice(0, limits.tools).map((tool) => ({
      name: tool.name,
      title: tool.title ?? null,
      description: cut(tool.description),
    }));
    return { sequence, agent: { name, description: cut(description), version, tools: summaries } };
  } catch (error) {
    if (error instanceof CardError) return null;
    throw error;
  }
}

const cut = (text: string): string => text.slice(0, MAX_TEXT).toWellFormed();
