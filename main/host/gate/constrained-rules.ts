import type { ArgumentFacts } from './argument-facts.ts';
import { keysOf, nameOf, type Key } from './constraint-keys.ts';
import { KeyGroup } from './key-group.ts';
import type { RuleEntry } from './rule-entry.ts';

/**
 * Rules with constraints on one peer, agent and tool, in their order. Of a thousand such rules most are about other
 * values than the call's, so each is found by what one of its constraints asks for: the one that fewest others share.
 * Those with nothing to be found by are looked at one by one.
 */
export class ConstrainedRules {
  readonly #entries: readonly RuleEntry[];
  readonly #groups = new Map<string, KeyGroup>();
  readonly #others: RuleEntry[] = [];

  /** @param entries in their order; not to be changed afterwards */
  constructor(entries: readonly RuleEntry[]) {
    this.#entries = entries;
    const keyed = entries.map((entry) => {
      const keys = entry.constraints.flatMap(keysOf).map((key) => ({ key, name: nameOf(key) }));
      return { entry, keys };
    });
    const sharing = new Map<string, number>();
    for (const { keys } of keyed) {
      for (const { name } of keys) sharing.set(name, (sharing.get(name) ?? 0) + 1);
    }
    for (const { entry, keys } of keyed) {
      const [best] = keys.toSorted((a, b) => (sharing.get(a.name) ?? 0) - (sharing.get(b.name) ?? 0));
      if (best === undefined || !this.#group(best.key).add(entry, best.key)) this.#others.push(entry);
    }
  }

  /** Those that may hold, or of which it may be unclear, in their order. All that are left out fail. */
  candidates(facts: ArgumentFacts): readonly RuleEntry[] {
    const found: RuleEntry[] = [];
    for (const group of this.#groups.values()) group.collect(facts, found);
    if (found.length === 0) return this.#others;
    if (found.length === this.#entries.length) return this.#entries;
    for (const entry of this.#others) found.push(entry);
    return found.sort((a, b) => a.position - b.position);
  }

  #group({ kind, pointer }: Key): KeyGroup {
    const name = `${kind} ${pointer.text}`;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new KeyGroup(kind, pointer);
      this.#groups.set(name, group);
    }
    return group;
  }
}
