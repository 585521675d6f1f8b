import type { Constraint, Scalar } from '../../../shared/rules.ts';
import type { ArgumentFacts, Place } from './argument-facts.ts';
import { unclearText } from './clear-text.ts';
import { parsePointer, type JsonPointer } from './json-pointer.ts';
import { PathGlob } from './path-glob.ts';

/**
 * `unclear`: it cannot be told, such as of a text with characters that nobody sees, or of a value of another type. What
 * is unclear only ever tightens: it meets a rule that denies, and no rule that allows.
 */
export type Verdict = 'holds' | 'fails' | 'unclear';

/** A constraint made ready when its rule is added, so that a decision parses nothing. */
export interface ReadyConstraint {
  readonly constraint: Constraint;
  readonly pointer: JsonPointer;
  /** Of a value that is there. */
  readonly check: (value: unknown, place: Place) => Verdict;
}

/** What tells rules apart soonest, and is found soonest, is looked at first. */
const ORDER: Record<Constraint['kind'], number> = {
  equals: 0,
  'one-of': 0,
  range: 1,
  prefix: 2,
  path: 3,
  'max-size': 4,
};

/** Makes the constraints of rules ready. Equal places are one object, so that each is looked at once for all rules. */
export class ConstraintMaker {
  readonly #pointers = new Map<string, { readonly pointer: JsonPointer; users: number }>();
  readonly #freeSlots: number[] = [];

  make(constraints: readonly Constraint[]): ReadyConstraint[] {
    return constraints
      .toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind])
      .map((constraint) => ({
        constraint,
        pointer: this.#take(constraint.at),
        check: checkOf(constraint),
      }));
  }

  /** Lets go of the places that constraints look at, once. */
  release(constraints: readonly ReadyConstraint[]): void {
    for (const { pointer } of constraints) {
      const taken = this.#pointers.get(pointer.text);
      if (taken === undefined) continue;
      taken.users -= 1;
      if (taken.users > 0) continue;
      this.#pointers.delete(pointer.text);
      this.#freeSlots.push(pointer.slot);
    }
  }

  #take(text: string): JsonPointer {
    let taken = this.#pointers.get(text);
    if (taken === undefined) {
      const slot = this.#freeSlots.pop() ?? this.#pointers.size;
      taken = { pointer: parsePointer(text, slot), users: 0 };
      this.#pointers.set(text, taken);
    }
    taken.users += 1;
    return taken.pointer;
  }
}

export function verdictOf({ pointer, check }: ReadyConstraint, facts: ArgumentFacts): Verdict {
  const place = facts.at(pointer);
  const { pointed } = place;
  if (pointed.kind === 'found') return check(pointed.value, place);
  return pointed.kind === 'missing' ? 'fails' : 'unclear';
}

/** All must hold. One that fails goes before one that is unclear: the rule is then about another call. */
export function verdictOfAll(constraints: readonly ReadyConstraint[], facts: ArgumentFacts): Verdict {
  let all: Verdict = 'holds';
  for (const constraint of constraints) {
    const one = verdictOf(constraint, facts);
    if (one === 'fails') return 'fails';
    if (one === 'unclear') all = 'unclear';
  }
  return all;
}

const judged = (holds: boolean): Verdict => (holds ? 'holds' : 'fails');

function checkOf(constraint: Constraint): ReadyConstraint['check'] {
  switch (constraint.kind) {
    case 'equals':
      return isOneOf([constraint.value]);
    case 'one-of':
      return isOneOf(constraint.values);
    case 'prefix':
      return hasPrefix(constraint.prefix);
    case 'path':
      return isWithin(PathGlob.parse(constraint.glob));
    case 'range':
      return isBetween(
        constraint.min ?? Number.NEGATIVE_INFINITY,
        constraint.max ?? Number.POSITIVE_INFINITY,
      );
    case 'max-size':
      return isAtMost(constraint.bytes);
    default:
      return constraint satisfies never;
  }
}

const typeOf = (value: unknown): string => (value === null ? 'null' : typeof value);
/** Beyond 2^53 numbers are no longer what was written. */
const isExact = (value: number): boolean => Math.abs(value) <= Number.MAX_SAFE_INTEGER;

function isOneOf(values: readonly Scalar[]): ReadyConstraint['check'] {
  const expected = new Set<unknown>(values);
  const types = new Set(values.map(typeOf));
  return (value, place) => {
    if (!types.has(typeOf(value))) return 'unclear';
    if (typeof value === 'string' && place.unclear(value) !== null) return 'unclear';
    if (typeof value === 'number' && !isExact(value)) return 'unclear';
    return judged(expected.has(value));
  };
}

function hasPrefix(prefix: string): ReadyConstraint['check'] {
  const isClear = unclearText(prefix) === null;
  return (value, place) => {
    if (!isClear || typeof value !== 'string' || place.unclear(value) !== null) return 'unclear';
    return judged(value.startsWith(prefix));
  };
}

function isWithin(glob: PathGlob | null): ReadyConstraint['check'] {
  return (value, place) => {
    if (glob === null || typeof value !== 'string') return 'unclear';
    const path = place.path(value);
    if (typeof path === 'string') return 'unclear';
    if (glob.holds(path)) return 'holds';
    return glob.holdsFolded(path) ? 'unclear' : 'fails';
  };
}

const isBetween =
  (min: number, max: number): ReadyConstraint['check'] =>
  (value) => {
    if (typeof value !== 'number' || !isExact(value)) return 'unclear';
    return judged(min <= value && value <= max);
  };

const isAtMost =
  (bytes: number): ReadyConstraint['check'] =>
  (value, place) => {
    const size = place.size(value);
    return size === null ? 'unclear' : judged(size <= bytes);
  };
