import type { RuleId } from '../../../shared/ids.ts';
import type { Rule } from '../../../shared/rules.ts';
import type { ArgumentFacts } from './argument-facts.ts';
import { ConstrainedRules } from './constrained-rules.ts';
import { ConstraintMaker } from './constraints.ts';
import { readyHours, type Moment } from './hours.ts';
import { bearingOf, type Bearing, type RuleEntry } from './rule-entry.ts';
import { compareEquallySpecific, SPECIFICITIES, type Specificity, type Who } from './rule-order.ts';

/** What a call is about. */
export interface CallScope {
  readonly peerId: string;
  readonly trust: string;
  readonly agent: string;
  readonly tool: string;
}
/** Whether rules for any peer count, or only those that name the peer. */
export type Matching = 'any' | 'peer named';

/** The rules that bear on a call: the one that decides, and the strictest of those of which it is unclear. */
export interface Found {
  readonly decides: RuleEntry | null;
  /** One that asks, and of which it cannot be told whether it is met. Looked at before the one that decides. */
  readonly unclear: RuleEntry | null;
}

const ANY = Symbol('any');
type Key = string | typeof ANY;
/** Rules of one scope, in their order. */
interface Bucket {
  readonly constrained: RuleEntry[];
  readonly plain: RuleEntry[];
  /** Of those with constraints; null: they have changed since. */
  byValue: ConstrainedRules | null;
}
type ByTool = Map<Key, Bucket>;
type ByAgent = Map<Key, ByTool>;

/**
 * Finds the one rule that decides, in a few look-ups however many rules there are on other peers, agents and tools.
 * Rules are ordered totally: by {@link SPECIFICITIES}, then by {@link compareEquallySpecific}. Those that have expired,
 * are outside their hours or are shadowed by a temporary permission are passed over. Where it is unclear whether the
 * constraints of a rule hold, a rule that denies is met, one that allows is not, and one that asks means that it is at
 * least asked, while the search goes on.
 */
export class RuleIndex {
  readonly #byId = new Map<RuleId, RuleEntry>();
  readonly #byWho: Readonly<Record<Who, Map<string, ByAgent>>> = {
    peer: new Map(),
    trust: new Map(),
    any: new Map(),
  };
  readonly #constraints = new ConstraintMaker();

  get size(): number {
    return this.#byId.size;
  }

  entries(): IterableIterator<RuleEntry> {
    return this.#byId.values();
  }

  get(id: RuleId): RuleEntry | undefined {
    return this.#byId.get(id);
  }

  /** Puts a rule in its place, and one with its id out of force. @param endsAt see `RuleEntry` */
  add(rule: Rule, endsAt: number): RuleEntry {
    this.remove(rule.id);
    const entry: RuleEntry = {
      rule,
      constraints: this.#constraints.make(rule.arguments),
      hours: rule.hours === null ? null : readyHours(rule.hours),
      position: 0,
      endsAt,
      meter: rule.limits === null ? null : `rule:${rule.id}`,
      shadowedBy: null,
      toolPin: null,
      uses: 0,
      lastUsedAt: null,
    };
    this.#byId.set(rule.id, entry);
    const bucket = this.#bucketFor(rule);
    insert(listOf(bucket, rule), entry);
    bucket.byValue = null;
    return entry;
  }

  remove(id: RuleId): RuleEntry | null {
    const entry = this.#byId.get(id);
    if (entry === undefined) return null;
    this.#byId.delete(id);
    const { rule } = entry;
    const { who, key } = whoOf(rule);
    const agents = this.#byWho[who].get(key);
    const tools = agents?.get(rule.agent ?? ANY);
    const bucket = tools?.get(rule.tool ?? ANY);
    if (bucket !== undefined) {
      const list = listOf(bucket, rule);
      list.splice(list.indexOf(entry), 1);
      bucket.byValue = null;
      if (bucket.constrained.length + bucket.plain.length === 0) tools?.delete(rule.tool ?? ANY);
    }
    if (tools?.size === 0) agents?.delete(rule.agent ?? ANY);
    if (agents?.size === 0) this.#byWho[who].delete(key);
    this.#constraints.release(entry.constraints);
    return entry;
  }

  /** Rules of exactly this peer, agent and tool, without constraints or hours; those that have expired too. */
  ofScope({ peerId, agent, tool }: Omit<CallScope, 'trust'>): readonly RuleEntry[] {
    const bucket = this.#byWho.peer.get(peerId)?.get(agent)?.get(tool);
    return bucket?.plain.filter(({ hours }) => hours === null) ?? [];
  }

  /** @param facts null: the arguments are not known */
  find(scope: CallScope, facts: ArgumentFacts | null, moment: Moment, which: Matching = 'any'): Found {
    let unclear: RuleEntry | null = null;
    const agents = this.#agentsFor(scope, which);
    for (const specificity of SPECIFICITIES) {
      const bucket = bucketIn(agents, scope, specificity);
      if (bucket === undefined || (specificity.args && facts === null)) continue;
      const list = specificity.args && facts !== null ? candidatesOf(bucket, facts) : bucket.plain;
      for (const entry of list) {
        const bearing = bearingOf(entry, facts, moment, this.#entryOf);
        if (bearing !== 'holds' && bearing !== 'unclear') continue;
        const { effect } = entry.rule;
        if (bearing === 'holds' || effect === 'deny') return { decides: entry, unclear };
        if (effect === 'ask-and-review' && unclear?.rule.effect !== 'ask-and-review') unclear = entry;
        else if (effect === 'ask') unclear ??= entry;
      }
    }
    return { decides: null, unclear };
  }

  /** All rules on this peer, agent and tool, in the order in which they are looked at, and how each bears on the call. */
  *bearings(
    scope: CallScope,
    facts: ArgumentFacts | null,
    moment: Moment,
  ): Generator<{ entry: RuleEntry; bearing: Bearing }> {
    const agents = this.#agentsFor(scope, 'any');
    for (const specificity of SPECIFICITIES) {
      const bucket = bucketIn(agents, scope, specificity);
      const list = (specificity.args ? bucket?.constrained : bucket?.plain) ?? NONE;
      for (const entry of list) yield { entry, bearing: bearingOf(entry, facts, moment, this.#entryOf) };
    }
  }

  readonly #entryOf = (id: RuleId): RuleEntry | undefined => this.#byId.get(id);

  #agentsFor({ peerId, trust }: CallScope, which: Matching): Readonly<Record<Who, ByAgent | undefined>> {
    const { peer, trust: byTrust, any } = this.#byWho;
    const isAny = which === 'any';
    return {
      peer: peer.get(peerId),
      trust: isAny ? byTrust.get(trust) : undefined,
      any: isAny ? any.get('') : undefined,
    };
  }

  #bucketFor(rule: Rule): Bucket {
    const { who, key } = whoOf(rule);
    const agents = getOrMake(this.#byWho[who], key, (): ByAgent => new Map());
    const tools = getOrMake(agents, rule.agent ?? ANY, (): ByTool => new Map());
    return getOrMake(tools, rule.tool ?? ANY, (): Bucket => ({ constrained: [], plain: [], byValue: null }));
  }
}

const NONE: readonly RuleEntry[] = [];

const bucketIn = (
  agents: Readonly<Record<Who, ByAgent | undefined>>,
  scope: CallScope,
  { who, agent, tool }: Specificity,
): Bucket | undefined => agents[who]?.get(agent ? scope.agent : ANY)?.get(tool ? scope.tool : ANY);

const listOf = (bucket: Bucket, rule: Rule): RuleEntry[] =>
  rule.arguments.length > 0 ? bucket.constrained : bucket.plain;

/** Those of a bucket with constraints that these arguments may meet, in their order. */
function candidatesOf(bucket: Bucket, facts: ArgumentFacts): readonly RuleEntry[] {
  if (bucket.constrained.length === 0) return NONE;
  if (bucket.byValue === null) {
    for (const [position, entry] of bucket.constrained.entries()) entry.position = position;
    bucket.byValue = new ConstrainedRules([...bucket.constrained]);
  }
  return bucket.byValue.candidates(facts);
}

/** A rule that names a peer is about that peer alone, whatever its trust. */
function whoOf({ peerId, trust }: Rule): { who: Who; key: string } {
  if (peerId !== null) return { who: 'peer', key: peerId };
  return trust === null ? { who: 'any', key: '' } : { who: 'trust', key: trust };
}

function insert(list: RuleEntry[], entry: RuleEntry): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = list[middle];
    if (other !== undefined && compareEquallySpecific(other.rule, entry.rule) < 0) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, entry);
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
