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

/** Most rules look at few places: equal ones are one object, which makes finding them again cheap. */
export class ConstraintMaker {
  readonly #pointers = new Map<string, JsonPointer>();

  make(constraints: readonly Constraint[]): ReadyConstraint[] {
    return constraints.map((constraint) => ({
      constraint,
      pointer: this.#pointer(constraint.at),
      check: checkOf(constraint),
    }));
  }

  /** Forgets the places, where no rule is left that looks at one. */
  clear(): void {
    this.#pointers.clear();
  }

  #pointer(text: string): JsonPointer {
    let pointer = this.#pointers.get(text);
    if (pointer === undefined) {
      pointer = parsePointer(text);
      this.#pointers.set(text, pointer);
    }
    return pointer;
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
