import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { RegistryQuery, SeenAgent } from '../../../shared/registry.ts';
import { keyOf } from './agent-key.ts';

/** Agents of others that are kept; of the network's, those not heard of for longest are forgotten first. */
const MAX_ENTRIES = 5000;
const MAX_PER_PEER = 32;
/** Of all that words are looked for in. */
const MAX_BYTES = 16 * 1024 * 1024;
/**
 * Characters of one agent that words are looked for in. Folding makes up to 18 of one, so it is those that count. What
 * does not fit is found by its exact name only.
 */
const MAX_FOLDED = { own: 65_536, contact: 32_768, network: 8192 } as const;

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
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  put(seen: SeenAgent): void {
    const { peerId, agent } = seen;
    const agents = this.#perPeer.get(peerId) ?? new Set();
    if (!agents.has(agent) && agents.size >= MAX_PER_PEER) return;
    const key = keyOf(peerId, agent);
    this.#bytes -= bytesOf(this.#entries.get(key));
    this.#entries.delete(key);
    const entry = { seen, haystack: haystackOf(seen) };
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(entry);
    this.#perPeer.set(peerId, agents.add(agent));
    while (this.#entries.size > MAX_ENTRIES || this.#bytes > MAX_BYTES) this.#forgetOldest();
  }

  remove(peerId: PeerId, agent: AgentName): void {
    const key = keyOf(peerId, agent);
    this.#bytes -= bytesOf(this.#entries.get(key));
    this.#entries.delete(key);
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

/** As a string takes it that is not of Latin letters only. */
const bytesOf = (entry: Entry | undefined): number => (entry === undefined ? 0 : 2 * entry.haystack.length);

/** A line each, so that no word is found across two of them. */
function haystackOf({ agent, description, tools, tags, source }: SeenAgent): string {
  const lines: string[] = [];
  let left: number = MAX_FOLDED[source];
  for (const text of [agent, description, ...tags, ...tools]) {
    const line = fold(text);
    if (line.length >= left) continue;
    lines.push(line);
    left -= line.length + 1;
  }
  return lines.join('\n');
}

/** Case does not matter, nor how an accent is written. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase();
