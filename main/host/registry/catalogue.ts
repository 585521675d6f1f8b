import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { RegistryQuery, SeenAgent } from '../../../shared/registry.ts';
import { keyOf } from './agent-key.ts';

/** Agents of others that are kept; of the network's, those not heard of for longest are forgotten first. */
const MAX_ENTRIES = 5000;
const MAX_PER_PEER = 32;

interface Entry {
  readonly seen: SeenAgent;
  /** All that words are looked for in, folded. */
  readonly haystack: string;
}

const RANK = { own: 0, contact: 1, network: 2 } as const satisfies Record<SeenAgent['source'], number>;

/** The agents of others, searchable. */
export class Catalogue {
  readonly #entries = new Map<string, Entry>();
  readonly #perPeer = new Map<PeerId, Set<AgentName>>();

  get size(): number {
    return this.#entries.size;
  }

  put(seen: SeenAgent): void {
    const { peerId, agent } = seen;
    const agents = this.#perPeer.get(peerId) ?? new Set();
    if (!agents.has(agent) && agents.size >= MAX_PER_PEER) return;
    const key = keyOf(peerId, agent);
    this.#entries.delete(key);
    this.#entries.set(key, { seen, haystack: haystackOf(seen) });
    this.#perPeer.set(peerId, agents.add(agent));
    if (this.#entries.size > MAX_ENTRIES) this.#forgetOldest();
  }

  remove(peerId: PeerId, agent: AgentName): void {
    this.#entries.delete(keyOf(peerId, agent));
    const agents = this.#perPeer.get(peerId);
    agents?.delete(agent);
    if (agents?.size === 0) this.#perPeer.delete(peerId);
  }

  get(peerId: PeerId, agent: AgentName): SeenAgent | undefined {
    return this.#entries.get(keyOf(peerId, agent))?.seen;
  }

  agentsOf(peerId: PeerId): AgentName[] {
    return [...(this.#perPeer.get(peerId) ?? [])];
  }

  /** Own ones first, then contacts', then the network's; the newest first in each. */
  search(query: RegistryQuery, own: readonly SeenAgent[]): SeenAgent[] {
    const words = fold(query.text ?? '')
      .split(/\s+/u)
      .filter((word) => word !== '');
    const found: SeenAgent[] = [];
    for (const seen of own) if (matches({ seen, haystack: haystackOf(seen) }, query, words)) found.push(seen);
    for (const entry of this.#entries.values()) if (matches(entry, query, words)) found.push(entry.seen);
    return found.sort((a, b) => RANK[a.source] - RANK[b.source] || b.seenAt - a.seenAt).slice(0, query.limit);
  }

  #forgetOldest(): void {
    let oldest: SeenAgent | null = null;
    for (const { seen } of this.#entries.values()) {
      if (seen.source === 'network' && (oldest === null || seen.seenAt < oldest.seenAt)) oldest = seen;
    }
    oldest ??= [...this.#entries.values()][0]?.seen ?? null;
    if (oldest !== null) this.remove(oldest.peerId, oldest.agent);
  }
}

function matches(entry: Entry, query: RegistryQuery, words: readonly string[]): boolean {
  const { seen, haystack } = entry;
  if (query.source !== undefined && seen.source !== query.source) return false;
  if (query.tool !== undefined && !seen.tools.includes(query.tool)) return false;
  if (query.tag !== undefined && !seen.tags.includes(query.tag)) return false;
  return words.every((word) => haystack.includes(word));
}

/** A line each, so that no word is found across two of them. */
const haystackOf = ({ agent, description, tools, tags }: SeenAgent): string =>
  fold([agent, description, ...tools, ...tags].join('\n'));

/** Case does not matter, nor how an accent is written. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase();
