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
const MAX_TAGS = 64;

/** What a verified card says, and when it was fetched. */
export interface HeardCard {
  readonly agent: PeerAgent;
  readonly tags: readonly string[];
  /** As the peer counts; newest wins. */
  readonly sequence: number;
  readonly expires: number;
  readonly at: number;
}

/** What a peer's cards say of its agents, the newest card of each. A card that does not verify is left out. */
export function readCards(cards: readonly unknown[], peerId: PeerId, limits: CardLimits): HeardCard[] {
  const agents = new Map<string, HeardCard>();
  for (const unverified of cards.slice(0, limits.cards)) {
    const read = readCard(unverified, peerId, limits);
    if (read === null) continue;
    const known = agents.get(read.agent.name);
    if (known === undefined || known.sequence < read.sequence) agents.set(read.agent.name, read);
  }
  let size = 0;
  return [...agents.values()].filter((card) => {
    const needed = JSON.stringify(card).length;
    if (size + needed > limits.size) return false;
    size += needed;
    return true;
  });
}

function readCard(unverified: unknown, peerId: PeerId, limits: CardLimits): HeardCard | null {
  try {
    const card = verifyCard(unverified, peerId);
    const { agent: name, sequence, expires, tools } = mcpFacts(card);
    const { description, version } = card;
    const summaries = tools.slice(0, limits.tools).map((tool) => ({
      name: tool.name,
      title: tool.title ?? null,
      description: cut(tool.description),
    }));
    const tags = [...new Set(card.skills.flatMap((skill) => skill.tags))].slice(0, MAX_TAGS);
    return {
      agent: { name, verified: true, description: cut(description), version, tools: summaries },
      tags,
      sequence,
      expires: Date.parse(expires),
      at: Date.now(),
    };
  } catch (error) {
    if (error instanceof CardError) return null;
    throw error;
  }
}

const cut = (text: string): string => text.slice(0, MAX_TEXT).toWellFormed();
