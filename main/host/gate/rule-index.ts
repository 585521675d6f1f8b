import type { Effect, Rule } from '../../../shared/gate.ts';
import type { RuleId } from '../../../shared/ids.ts';

/** A rule with what is only known while the host runs. */
export interface RuleEntry {
  rule: Rule;
  /** When it expires by the clock that never jumps; infinite for rules without expiry. */
  readonly endsAt: number;
  /** A temporary permission of the same scope that the person gave over this rule, and that goes before it. */
  shadowedBy: RuleId | null;
  uses: number;
  lastUsedAt: number | null;
}

export interface RuleScope {
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
}

/** Whether rules for any peer count, or only those that name the peer. */
export type Matching = 'any' | 'peer named';

const ANY = Symbol('any');
type Key = string | typeof ANY;
type ByTool = Map<Key, RuleEntry[]>;
type ByAgent = Map<Key, ByTool>;

/**
 * Which fields a rule must name, the most specific first: `[peer, agent, tool]`. More named fields go before fewer;
 * with equally many, peer goes before agent and agent before tool.
 */
const SPECIFICITY: readonly (readonly [boolean, boolean, boolean])[] = [
  [true, true, true],
  [true, true, false],
  [true, false, true],
  [false, true, true],
  [true, false, false],
  [false, true, false],
  [false, false, true],
  [false, false, false],
];

const STRICTNESS: Record<Effect, number> = { deny: 0, ask: 1, allow: 2 };

/** Order among rules of one scope: deny, ask, allow; then the newer; then by id. */
const before = (a: RuleEntry, b: RuleEntry): number =>
  STRICTNESS[a.rule.effect] - STRICTNESS[b.rule.effect] ||
  b.rule.createdAt - a.rule.createdAt ||
  (a.rule.id < b.rule.id ? -1 : 1);

/**
 * Finds the one rule that decides, by eight look-ups at most, however many rules there are. Rules are ordered
 * totally: by {@link SPECIFICITY}; within one scope deny before ask before allow, then newer before older, then by
 * id. Rules that have expired, or that a temporary permission shadows, are passed over.
 */
export class RuleIndex {
  readonly #byId = new Map<RuleId, RuleEntry>();
  readonly #byPeer = new Map<Key, ByAgent>();

  get size(): number {
    return this.#byId.size;
  }

  entries(): IterableIterator<RuleEntry> {
    return this.#byId.values();
  }

  get(id: RuleId): RuleEntry | undefined {
    return this.#byId.get(id);
  }

  add(entry: RuleEntry): void {
    const { id, peerId, agent, tool } = entry.rule;
    this.remove(id);
    this.#byId.set(id, entry);
    const agents = getOrMake(this.#byPeer, peerId ?? ANY, (): ByAgent => new Map());
    const tools = getOrMake(agents, agent ?? ANY, (): ByTool => new Map());
    const list = getOrMake(tools, tool ?? ANY, (): RuleEntry[] => []);
    list.push(entry);
    list.sort(before);
  }

  remove(id: RuleId): RuleEntry | null {
    const entry = this.#byId.get(id);
    if (entry === undefined) return null;
    this.#byId.delete(id);
    const { peerId, agent, tool } = entry.rule;
    const agents = this.#byPeer.get(peerId ?? ANY);
    const tools = agents?.get(agent ?? ANY);
    const list = tools?.get(tool ?? ANY);
    list?.splice(list.indexOf(entry), 1);
    if (list?.length === 0) tools?.delete(tool ?? ANY);
    if (tools?.size === 0) agents?.delete(agent ?? ANY);
    if (agents?.size === 0) this.#byPeer.delete(peerId ?? ANY);
    return entry;
  }

  /** Rules of exactly this scope, those that have expired too. */
  ofScope(scope: RuleScope): readonly RuleEntry[] {
    return this.#byPeer.get(scope.peerId)?.get(scope.agent)?.get(scope.tool) ?? [];
  }

  /** The rule that decides, or null. `lives` says whether a rule has not expired. */
  match(scope: RuleScope, lives: (entry: RuleEntry) => boolean, which: Matching = 'any'): RuleEntry | null {
    const ofPeer = this.#byPeer.get(scope.peerId);
    const ofAny = this.#byPeer.get(ANY);
    for (const [peer, agent, tool] of SPECIFICITY) {
      if (which === 'peer named' && !peer) continue;
      const list = (peer ? ofPeer : ofAny)?.get(agent ? scope.agent : ANY)?.get(tool ? scope.tool : ANY);
      if (list === undefined) continue;
      for (const entry of list) {
        if (lives(entry) && !this.#isShadowed(entry, lives)) return entry;
      }
    }
    return null;
  }

  #isShadowed(entry: RuleEntry, lives: (entry: RuleEntry) => boolean): boolean {
    if (entry.shadowedBy === null) return false;
    const shadow = this.#byId.get(entry.shadowedBy);
    return shadow !== undefined && lives(shadow);
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
