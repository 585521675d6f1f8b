import type { PeerId } from '../../../shared/ids.ts';
import type { PeerAgent } from '../../../shared/peers.ts';
import { CardError, mcpFacts, verifyCard } from '../identity/index.ts';

/** The agents that a peer's cards describe, newest card first. A card that does not verify is left out. */
export function readCards(cards: readonly unknown[], peerId: PeerId): PeerAgent[] {
  const agents = new Map<string, { agent: PeerAgent; sequence: number }>();
  for (const unverified of cards) {
    const read = readCard(unverified, peerId);
    if (read === null) continue;
    const known = agents.get(read.agent.name);
    if (known === undefined || known.sequence < read.sequence) agents.set(read.agent.name, read);
  }
  return [...agents.values()].map(({ agent }) => agent);
}

function readCard(unverified: unknown, peerId: PeerId): { agent: PeerAgent; sequence: number } | null {
  try {
    const card = verifyCard(unverified, peerId);
    const { agent: name, sequence, tools } = mcpFacts(card);
    const { description, version } = card;
    const summaries = tools.map((tool) => ({
      name: tool.name,
      title: tool.title ?? null,
      description: tool.description,
    }));
    return { sequence, agent: { name, description, version, tools: summaries } };
  } catch (error) {
    if (error instanceof CardError) return null;
    throw error;
  }
}
