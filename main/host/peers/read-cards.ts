import { MCP_EXTENSION, McpFacts } from '../../../shared/cards.ts';
import type { PeerId } from '../../../shared/ids.ts';
import type { PeerAgent } from '../../../shared/peers.ts';
import { verifyCard } from '../identity/index.ts';

/** The agents that a peer's cards describe. A card that does not verify is left out. */
export async function readCards(cards: readonly unknown[], peerId: PeerId): Promise<PeerAgent[]> {
  const agents = new Map<string, { agent: PeerAgent; sequence: number }>();
  for (const unverified of cards) {
    const agent = await readCard(unverified, peerId).catch(() => null);
    if (agent === null) continue;
    const known = agents.get(agent.agent.name);
    if (known === undefined || known.sequence < agent.sequence) agents.set(agent.agent.name, agent);
  }
  return [...agents.values()].map(({ agent }) => agent);
}

async function readCard(
  unverified: unknown,
  peerId: PeerId,
): Promise<{ agent: PeerAgent; sequence: number } | null> {
  const card = await verifyCard(unverified, peerId);
  const extension = card.capabilities.extensions.find(({ uri }) => uri === MCP_EXTENSION);
  const facts = McpFacts.safeParse(extension?.params);
  if (!facts.success) return null;
  return {
    sequence: facts.data.sequence,
    agent: {
      name: facts.data.agent,
      description: card.description,
      version: card.version,
      tools: facts.data.tools.map(({ name, title, description }) => ({ name, title: title ?? null, description })),
    },
  };
}
