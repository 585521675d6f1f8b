import type { ArgumentFacts, Place } from './argument-facts.ts';
import type { Key } from './constraint-keys.ts';
import type { JsonPointer } from './json-pointer.ts';
import type { RuleEntry } from './rule-entry.ts';

/** More lengths than these are not worth as many look-ups. */
const MAX_LENGTHS = 32;

/** Rules that are found by keys of one kind at one place. */
export class KeyGroup {
  readonly #kind: Key['kind'];
  readonly #pointer: JsonPointer;
  readonly #all: RuleEntry[] = [];
  readonly #byText = new Map<string, RuleEntry[]>();
  readonly #lengths = new Set<number>();
  readonly #min: number[] = [];
  readonly #max: number[] = [];

  constructor(kind: Key['kind'], pointer: JsonPointer) {
    this.#kind = kind;
    this.#pointer = pointer;
  }

  /** To be called in the order of the rules. False: it takes no more of this length. */
  add(entry: RuleEntry, key: Key): boolean {
    if ('texts' in key) {
      if (this.#lengths.size >= MAX_LENGTHS && !this.#lengths.has(key.length)) return false;
      this.#lengths.add(key.length);
      for (const text of new Set(key.texts)) {
        const same = this.#byText.get(text);
        if (same === undefined) this.#byText.set(text, [entry]);
        else same.push(entry);
      }
    } else {
      this.#min.push(key.min);
      this.#max.push(key.max);
    }
    this.#all.push(entry);
    return true;
  }

  /** An argument that is missing meets none; where it is unclear what it is, all are to be looked at. */
  collect(facts: ArgumentFacts, found: RuleEntry[]): void {
    const place = facts.at(this.#pointer);
    const { pointed } = place;
    if (pointed.kind === 'missing') return;
    const isKnown = pointed.kind === 'found' && this.#collect(pointed.value, place, found);
    if (!isKnown) for (const entry of this.#all) found.push(entry);
  }

  /** False: it is unclear, and nothing was collected. */
  #collect(value: unknown, place: Place, found: RuleEntry[]): boolean {
    switch (this.#kind) {
      case 'range':
        return (
          typeof value === 'number' &&
          Math.abs(value) <= Number.MAX_SAFE_INTEGER &&
          this.#between(value, found)
        );
      case 'size': {
        const size = place.size(value);
        return size !== null && this.#between(size, found);
      }
      case 'path':
      case 'path-end':
        return typeof value === 'string' && this.#ofPath(value, place, found);
      case 'whole':
      case 'beginning':
        return typeof value === 'string' && this.#ofText(value, place, found);
      default:
        return this.#kind satisfies never;
    }
  }

  #between(value: number, found: RuleEntry[]): true {
    for (let i = 0; i < this.#all.length; i += 1) {
      const entry = this.#all[i];
      if (entry !== undefined && value >= (this.#min[i] ?? 0) && value <= (this.#max[i] ?? 0)) {
        found.push(entry);
      }
    }
    return true;
  }

  #ofText(value: string, place: Place, found: RuleEntry[]): boolean {
    if (place.unclear(value) !== null) return false;
    if (this.#kind === 'whole') this.#add(value, found);
    else
      for (const length of this.#lengths)
        if (length <= value.length) this.#add(value.slice(0, length), found);
    return true;
  }

  /** Without differences of case, since it is unclear whether they count; parts of what is folded are folded parts. */
  #ofPath(value: string, place: Place, found: RuleEntry[]): boolean {
    const path = place.path(value);
    if (typeof path === 'string') return false;
    const { folded } = path;
    const name = folded.at(-1) ?? '';
    for (const length of this.#lengths) {
      if (this.#kind === 'path') {
        if (length <= folded.length) this.#add(folded.slice(0, length).join('/'), found);
      } else if (length <= name.length) this.#add(name.slice(name.length - length), found);
    }
    return true;
  }

  #add(text: string, found: RuleEntry[]): void {
    const some = this.#byText.get(text);
    if (some !== undefined) for (const entry of some) found.push(entry);
  }
}
