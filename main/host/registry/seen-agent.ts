import type { AgentView } from '../../../shared/agents.ts';
import type { PeerId } from '../../../shared/ids.ts';
import type { SeenAgent } from '../../../shared/registry.ts';
import { cutText } from '../cut-text.ts';
import type { HeardCard } from '../peers/index.ts';
import type { Held } from './announcement-board.ts';

const MAX_DESCRIPTION = 500;
const MAX_TOOLS = 200;

/** What is known of one agent of somebody else. */
export interface Sources {
  /** A card that the peer gave us, and how we came to ask for it. */
  readonly card: { readonly heard: HeardCard; readonly by: 'card' | 'dht' } | null;
  readonly held: Held | undefined;
  readonly isContact: boolean;
}

/** One of our own. It is as old as its last change. Pure. */
export const seenOwn = (view: AgentView, peerId: PeerId): SeenAgent => ({
  peerId,
  agent: view.name,
  description: view.description,
  version: view.server?.version ?? null,
  tools: view.tools.slice(0, MAX_TOOLS).map(({ name }) => name),
  tags: [...view.tags],
  source: 'own',
  heardBy: 'own',
  verified: 'card',
  sequence: 0,
  seenAt: view.since,
  expiresAt: null,
});

/**
 * What is to be shown of an agent of somebody else; null where nothing is. Its card says more than its announcement,
 * so it is shown as long as a later announcement says nothing else. Pure.
 */
export function seenElsewhere(peerId: PeerId, sources: Sources, now: number): SeenAgent | null {
  const { isContact } = sources;
  const held = sources.held !== undefined && sources.held.said.expires > now ? sources.held : null;
  let card = sources.card !== null && sources.card.heard.expires > now ? sources.card : null;
  // A contact's card is fetched time and again, so it goes with the contact's word and not with a tombstone.
  if (card !== null && held !== null && !isContact && overtakes(held, card.heard)) card = null;
  const source = isContact ? 'contact' : 'network';
  if (card !== null) {
    const { agent, tags, sequence, expires, at } = card.heard;
    const saidLater = held !== null && !held.said.gone && held.heardAt > at;
    return {
      peerId,
      agent: agent.name,
      description: agent.description,
      version: agent.version,
      tools: agent.tools.slice(0, MAX_TOOLS).map(({ name }) => name),
      tags: [...tags],
      source,
      heardBy: saidLater ? 'gossip' : card.by,
      verified: 'card',
      sequence: saidLater ? Math.max(sequence, held.said.sequence) : sequence,
      seenAt: saidLater ? held.heardAt : at,
      expiresAt: expires,
    };
  }
  if (held === null || held.said.gone) return null;
  const { agent, description, version, tools, tags, sequence, expires } = held.said;
  return {
    peerId,
    agent,
    description: cutText(description, MAX_DESCRIPTION),
    version,
    tools: tools.slice(0, MAX_TOOLS),
    tags,
    source,
    heardBy: 'gossip',
    verified: 'announcement',
    sequence,
    seenAt: held.heardAt,
    expiresAt: expires,
  };
}

/** A later announcement takes the agent back, or tells another story than its card. */
function overtakes({ said }: Held, card: HeardCard): boolean {
  if (said.sequence <= card.sequence) return false;
  if (said.gone || said.version !== card.agent.version) return true;
  const known = new Set(card.agent.tools.map(({ name }) => name));
  return (
    said.tools.some((name) => !known.has(name)) || (said.more === undefined && said.tools.length < known.size)
  );
}
