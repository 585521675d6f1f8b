import { isDeepStrictEqual } from 'node:util';
import { RuleId, type AgentName, type PeerId } from '../../../shared/ids.ts';
import {
  MAX_RULES,
  type NewRule,
  type Rule,
  type RulesVersion,
  type RuleView,
  type Used,
} from '../../../shared/rules.ts';
import { GateError } from './gate-error.ts';
import { Moment } from './hours.ts';
import type { PinStore, RuleStore } from './index.ts';
import { isAlive, type RuleEntry } from './rule-entry.ts';
import { changeOf, nothing, storedPart, type Change } from './rule-change.ts';
import { RuleIndex } from './rule-index.ts';
import { shortId } from './short-id.ts';
import type { Usage } from './usage-meter.ts';

interface RuleBookOptions {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly store: RuleStore;
  readonly pins: Pick<PinStore, 'get'>;
  /** What was used of the limits of a rule. */
  readonly usageOf: (meter: string) => Usage | null;
  readonly onChange: (id: RuleId, view: RuleView | null) => void;
  readonly onVersion: (version: number) => void;
}

type By = RulesVersion['by'];
/** What `answer` makes a rule of: it names all three. */
type AnswerRule = Omit<Rule, 'id' | 'createdAt'> & { peerId: PeerId; agent: AgentName; tool: string };

/**
 * The rules in force. Whatever changes one that outlives the host is one version of them, in one transaction with its
 * history. Expiry is judged at each decision by two clocks, and the first to say so wins: the wall clock, and one that
 * never jumps, started when the rule was made or loaded. So setting the clock back extends no rule while the host
 * runs; over a restart only the wall clock is there to ask.
 */
export class RuleBook {
  readonly index = new RuleIndex();
  readonly #options: RuleBookOptions;
  readonly #usedSince = new Set<RuleEntry>();

  constructor(options: RuleBookOptions) {
    this.#options = options;
    for (const rule of options.store.list()) this.#put(rule);
  }

  /** Drops the rules that end with the host. */
  stop(): void {
    for (const { rule } of [...this.index.entries()]) if (rule.untilQuit) this.#drop(rule.id);
  }

  version(): number {
    return this.#options.store.version();
  }

  views(): RuleView[] {
    const now = this.moment();
    return [...this.index.entries()].filter((entry) => isAlive(entry, now)).map((entry) => this.#view(entry));
  }

  moment(): Moment {
    return new Moment(this.#options.now(), this.#options.monotonic());
  }

  used(id: RuleId): void {
    const entry = this.index.get(id);
    if (entry === undefined) return;
    entry.uses += 1;
    entry.lastUsedAt = this.#options.now();
    this.#usedSince.add(entry);
  }

  /** Something of a rule is to be shown anew, soon. */
  note(id: RuleId): void {
    const entry = this.index.get(id);
    if (entry !== undefined) this.#usedSince.add(entry);
  }

  /** Remembers the definition that the tool of a rule has, which may be another than it was made for. */
  noteTool(entry: RuleEntry, pin: string | null): void {
    if (entry.toolPin === pin) return;
    entry.toolPin = pin;
    this.#usedSince.add(entry);
  }

  /** Stores a rule and puts it in force. @throws GateError INVALID, or what the store throws; nothing is in force then */
  add(rule: NewRule & { readonly pin?: string | null }): Rule {
    const made = this.#make({ ...rule, pin: rule.pin === undefined ? this.#pinFor(rule) : rule.pin });
    this.#requireRoom(1);
    this.#commit('person', { ...nothing, added: [made] });
    this.#show(this.#put(made));
    return made;
  }

  /**
   * Puts in force what the person answered. Since deny beats ask beats allow within one scope, a lasting answer
   * replaces what stood there and would beat it or contradict it; a temporary permission goes before it for its
   * time, and afterwards the older rule holds again.
   */
  answer(rule: AnswerRule): Rule {
    const inTheWay = this.index
      .ofScope(rule)
      .filter((entry) => (rule.effect === 'allow' ? entry.rule.effect !== 'allow' : true));
    const made = this.#make(rule);
    const lasts = !made.untilQuit && made.expiresAt === null;
    const removed = lasts ? inTheWay.map((entry) => entry.rule) : [];
    this.#requireRoom(1 - removed.length);
    this.#commit('answer', { ...nothing, added: [made], removed });
    const entry = this.#put(made);
    entry.toolPin = made.pin;
    for (const { id } of removed) this.#drop(id);
    if (!lasts) for (const other of inTheWay) other.shadowedBy = made.id;
    this.#show(entry);
    return made;
  }

  /** Keeps id and age of the rule. @throws GateError NOT_FOUND */
  change(id: RuleId, rule: NewRule & { readonly pin?: string | null }): Rule {
    const entry = this.index.get(id);
    if (entry === undefined) throw new GateError('NOT_FOUND', 'This rule is gone already.');
    const before = entry.rule;
    const isSameTool = before.agent === rule.agent && before.tool === rule.tool;
    const unsaid = isSameTool ? before.pin : this.#pinFor(rule);
    const after: Rule = {
      ...rule,
      id,
      createdAt: before.createdAt,
      pin: rule.pin === undefined ? unsaid : rule.pin,
    };
    if (isDeepStrictEqual(before, after)) return before;
    this.#commit('person', changeOf(before, after));
    this.#show(this.#put(after));
    return after;
  }

  /** It is out of force also where the disk refuses. False: there is no such rule. @throws what the store throws */
  remove(id: RuleId): boolean {
    const entry = this.#drop(id);
    if (entry === null) return false;
    this.#commit('person', { ...nothing, removed: [entry.rule] });
    return true;
  }

  /** @throws GateError INVALID where there are too many, or what the store throws; nothing is changed then */
  replaceAll(rules: readonly Rule[], by: 'import' | 'restore'): void {
    const now = this.#options.now();
    const wanted = new Map(
      rules
        .filter((rule) => !rule.untilQuit && (rule.expiresAt === null || now < rule.expiresAt))
        .map((rule) => [rule.id, rule]),
    );
    const added: Rule[] = [];
    const changed: RulesVersion['changed'] = [];
    for (const after of wanted.values()) {
      const before = this.index.get(after.id)?.rule;
      if (before === undefined || before.untilQuit) added.push(after);
      else if (!isDeepStrictEqual(before, after)) changed.push({ before, after });
    }
    const removed = [...this.index.entries()]
      .map(({ rule }) => rule)
      .filter(({ id, untilQuit }) => !untilQuit && !wanted.has(id));
    this.#requireRoom(added.length - removed.length);
    this.#commit(by, { added, removed, changed });
    for (const { id } of removed) this.#drop(id);
    for (const rule of [...added, ...changed.map(({ after }) => after)]) this.#show(this.#put(rule));
  }

  /** Lets a rule stand for the definition that a tool has now. A rule without a pin stays as it is. */
  renewPin(entry: RuleEntry, pin: string): void {
    const before = entry.rule;
    if (before.pin === null || before.pin === pin) return;
    const after: Rule = { ...before, pin };
    this.#commit('answer', changeOf(before, after));
    entry.rule = after;
    entry.toolPin = pin;
    this.#show(entry);
  }

  /** The tools of an agent as it lists them now: rules that were made for another definition show that. */
  toolsListed(agent: AgentName, pins: ReadonlyMap<string, string>): void {
    for (const entry of this.index.entries()) {
      const { rule } = entry;
      const pin = rule.agent === agent && rule.tool !== null ? pins.get(rule.tool) : undefined;
      if (pin !== undefined) this.noteTool(entry, pin);
    }
  }

  forgetPeer(peerId: PeerId): void {
    this.#removeAll('peer-forgotten', ({ rule }) => rule.peerId === peerId);
  }

  forgetAgent(name: AgentName): void {
    this.#removeAll('agent-replaced', ({ rule }) => rule.agent === name);
  }

  /** Takes out what has expired, and tells of what was used since the last time. */
  sweep(): void {
    const now = this.moment();
    try {
      this.#removeAll('expired', (entry) => !isAlive(entry, now));
    } catch {
      // The disk refused: they have expired for good all the same, and are left out again at the next start.
    }
    for (const entry of this.#usedSince) this.#show(entry);
    this.#usedSince.clear();
  }

  /** All are out of force at once, also where the disk refuses. @throws what the store throws, then */
  #removeAll(by: By, which: (entry: RuleEntry) => boolean): void {
    const gone = [...this.index.entries()].filter(which);
    for (const { rule } of gone) this.#drop(rule.id);
    this.#commit(by, { ...nothing, removed: gone.map(({ rule }) => rule) });
  }

  #drop(id: RuleId): RuleEntry | null {
    const entry = this.index.remove(id);
    if (entry === null) return null;
    this.#usedSince.delete(entry);
    this.#options.onChange(id, null);
    return entry;
  }

  /** In the place of one with its id, whose uses go on being counted. */
  #put(rule: Rule): RuleEntry {
    const { now, monotonic } = this.#options;
    const before = this.index.remove(rule.id);
    const endsAt = rule.expiresAt === null ? Number.POSITIVE_INFINITY : monotonic() + rule.expiresAt - now();
    const entry = this.index.add(rule, endsAt);
    if (before !== null) {
      this.#usedSince.delete(before);
      if (before.rule.agent === rule.agent && before.rule.tool === rule.tool) entry.toolPin = before.toolPin;
      entry.uses = before.uses;
      entry.lastUsedAt = before.lastUsedAt;
    }
    return entry;
  }

  /** Rules until quit are neither stored nor part of the history. */
  #commit(by: By, change: Change): void {
    const stored = storedPart(change);
    if (stored === null) return;
    const version = this.#options.store.commit({ ...stored, at: this.#options.now(), by });
    this.#options.onVersion(version);
  }

  #make(rule: Omit<Rule, 'id' | 'createdAt'>): Rule {
    return { ...rule, id: this.#freshId(), createdAt: this.#options.now() };
  }

  #pinFor({ agent, tool }: Pick<NewRule, 'agent' | 'tool'>): string | null {
    return agent === null || tool === null ? null : this.#options.pins.get(agent, tool);
  }

  #requireRoom(more: number): void {
    if (more <= 0 || this.index.size + more <= MAX_RULES) return;
    const most = MAX_RULES.toLocaleString('en-GB');
    throw new GateError('INVALID', `There are ${most} rules already. Remove some that are no longer needed.`);
  }

  #freshId(): RuleId {
    for (;;) {
      const id = RuleId.parse(shortId());
      if (this.index.get(id) === undefined) return id;
    }
  }

  #show(entry: RuleEntry): void {
    this.#options.onChange(entry.rule.id, this.#view(entry));
  }

  #view({ rule, uses, lastUsedAt, meter, toolPin }: RuleEntry): RuleView {
    const usage = meter === null ? null : this.#options.usageOf(meter);
    const used = meter === null ? null : { hour: plain(usage?.hour), day: plain(usage?.day) };
    const { agent, tool, pin } = rule;
    const granted = agent === null || tool === null ? null : this.#options.pins.get(agent, tool);
    const expected = pin ?? granted;
    // Until the tool was seen, it is taken for the one that was granted last.
    const present = toolPin ?? granted;
    const suspended = expected !== null && present !== null && expected !== present;
    return { ...rule, uses, lastUsedAt, used, suspended };
  }
}

const plain = ({ calls, bytes, seconds }: Used = { calls: 0, bytes: 0, seconds: 0 }): Used => ({
  calls,
  bytes,
  seconds,
});
