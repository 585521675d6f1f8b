import type { Rule, RuleView } from '../../../shared/gate.ts';
import { RuleId, type AgentName, type PeerId } from '../../../shared/ids.ts';
import type { RuleStore } from './index.ts';
import { RuleIndex, type Matching, type RuleEntry, type RuleScope } from './rule-index.ts';
import { shortId } from './short-id.ts';

interface RuleBookOptions {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly store: RuleStore;
  readonly onChange: (id: RuleId, view: RuleView | null) => void;
}

/** How often uses are told and, at the latest, expired rules are swept away. */
const SWEEP_MS = 1000;

/**
 * The rules in force. Expiry is judged at each decision by two clocks, and the first to say so wins: the wall
 * clock, and one that never jumps, started when the rule was made or loaded. So setting the clock back extends no
 * rule while the host runs; over a restart only the wall clock is there to ask.
 */
export class RuleBook {
  readonly #options: RuleBookOptions;
  readonly #index = new RuleIndex();
  readonly #usedSince = new Set<RuleEntry>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: RuleBookOptions) {
    this.#options = options;
    for (const rule of options.store.list()) this.#index.add(this.#entryOf(rule));
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#sweep();
    }, SWEEP_MS).unref();
  }

  /** Drops the rules that end with the host. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const { rule } of [...this.#index.entries()]) {
      if (rule.untilQuit) this.remove(rule.id);
    }
  }

  views(): RuleView[] {
    return [...this.#index.entries()].filter(this.#lives).map(viewOf);
  }

  match(scope: RuleScope, which: Matching = 'any'): RuleEntry | null {
    return this.#index.match(scope, this.#lives, which);
  }

  used(id: RuleId): void {
    const entry = this.#index.get(id);
    if (entry === undefined) return;
    entry.uses += 1;
    entry.lastUsedAt = this.#options.now();
    this.#usedSince.add(entry);
  }

  /** Stores a rule and puts it in force. @throws what the store throws; nothing is in force then */
  add(rule: Omit<Rule, 'id' | 'createdAt'>): Rule {
    const made: Rule = { ...rule, id: this.#freshId(), createdAt: this.#options.now() };
    if (!made.untilQuit) this.#options.store.put(made);
    const entry = this.#entryOf(made);
    this.#index.add(entry);
    this.#options.onChange(made.id, viewOf(entry));
    return made;
  }

  /**
   * Puts in force what the person answered. Since deny beats ask beats allow within one scope, a lasting answer
   * replaces what stood there and would beat it or contradict it; a temporary permission goes before it for its
   * time, and afterwards the older rule holds again.
   */
  answer(rule: Omit<Rule, 'id' | 'createdAt'> & RuleScope): Rule {
    const inTheWay = this.#index
      .ofScope(rule)
      .filter((entry) => (rule.effect === 'allow' ? entry.rule.effect !== 'allow' : true));
    const made = this.add(rule);
    const lasts = !made.untilQuit && made.expiresAt === null;
    for (const entry of inTheWay) {
      if (lasts) this.remove(entry.rule.id);
      else entry.shadowedBy = made.id;
    }
    return made;
  }

  remove(id: RuleId): boolean {
    const entry = this.#index.remove(id);
    if (entry === null) return false;
    this.#usedSince.delete(entry);
    this.#options.onChange(id, null);
    if (!entry.rule.untilQuit) this.#options.store.remove(id);
    return true;
  }

  /** Lets a rule stand for the definition that a tool has now. A rule without a pin stays as it is. */
  renewPin(entry: RuleEntry, pin: string): void {
    if (entry.rule.pin === null || entry.rule.pin === pin) return;
    const renewed: Rule = { ...entry.rule, pin };
    if (!renewed.untilQuit) this.#options.store.put(renewed);
    entry.rule = renewed;
    this.#options.onChange(renewed.id, viewOf(entry));
  }

  forgetPeer(peerId: PeerId): void {
    this.#removeAll(({ rule }) => rule.peerId === peerId);
  }

  forgetAgent(name: AgentName): void {
    this.#removeAll(({ rule }) => rule.agent === name);
  }

  /** All are out of force at once, also where the disk refuses. @throws what the store throws, then */
  #removeAll(which: (entry: RuleEntry) => boolean): void {
    const failures: unknown[] = [];
    for (const { rule } of [...this.#index.entries()].filter(which)) {
      try {
        this.remove(rule.id);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  readonly #lives = (entry: RuleEntry): boolean =>
    entry.rule.expiresAt === null ||
    (this.#options.now() < entry.rule.expiresAt && this.#options.monotonic() < entry.endsAt);

  #entryOf(rule: Rule): RuleEntry {
    const { now, monotonic } = this.#options;
    const endsAt = rule.expiresAt === null ? Number.POSITIVE_INFINITY : monotonic() + rule.expiresAt - now();
    return { rule, endsAt, shadowedBy: null, uses: 0, lastUsedAt: null };
  }

  #freshId(): RuleId {
    for (;;) {
      const id = RuleId.parse(shortId());
      if (this.#index.get(id) === undefined) return id;
    }
  }

  #sweep(): void {
    for (const entry of [...this.#index.entries()]) {
      if (this.#lives(entry)) continue;
      try {
        this.remove(entry.rule.id);
      } catch {
        // The disk refused: it has expired for good all the same, and is left out again at the next start.
      }
    }
    for (const entry of this.#usedSince) this.#options.onChange(entry.rule.id, viewOf(entry));
    this.#usedSince.clear();
  }
}

const viewOf = (entry: RuleEntry): RuleView => ({
  ...entry.rule,
  uses: entry.uses,
  lastUsedAt: entry.lastUsedAt,
});
