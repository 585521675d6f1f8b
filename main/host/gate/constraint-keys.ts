import type { Constraint } from '../../../shared/rules.ts';
import { unclearText } from './clear-text.ts';
import type { ReadyConstraint } from './constraints.ts';
import type { JsonPointer } from './json-pointer.ts';
import { PathGlob } from './path-glob.ts';

/**
 * What an argument must have for a constraint to hold, in a form that can be looked up:
 * - `whole`: it is one of the texts
 * - `beginning`: it begins with the text, which has so many characters
 * - `path`: its first names, so many, are the text
 * - `path-end`: its last name ends with the text, which has so many characters
 * - `range`, `size`: a number, or its size, is between the two
 */
export type Key =
  | {
      readonly kind: 'whole' | 'beginning' | 'path' | 'path-end';
      readonly pointer: JsonPointer;
      readonly texts: readonly string[];
      readonly length: number;
    }
  | {
      readonly kind: 'range' | 'size';
      readonly pointer: JsonPointer;
      readonly min: number;
      readonly max: number;
    };

/** Those of one constraint. It may still fail where one of them fits, but holds or is unclear only where all do. */
export function keysOf({ constraint, pointer }: ReadyConstraint): Key[] {
  switch (constraint.kind) {
    case 'equals':
      return wholeKeys([constraint.value], pointer);
    case 'one-of':
      return wholeKeys(constraint.values, pointer);
    case 'prefix': {
      const { prefix } = constraint;
      // Of an unclear one nothing can be told, whatever the argument.
      if (unclearText(prefix) !== null) return [];
      return [{ kind: 'beginning', pointer, texts: [prefix], length: prefix.length }];
    }
    case 'path':
      return pathKeys(constraint.glob, pointer);
    case 'range': {
      const { min, max } = constraint;
      return [{ kind: 'range', pointer, min: min ?? -Infinity, max: max ?? Infinity }];
    }
    case 'max-size':
      return [{ kind: 'size', pointer, min: 0, max: constraint.bytes }];
    default:
      return constraint satisfies never;
  }
}

/** The same for equal keys; the more rules have one, the less it tells them apart. */
export const nameOf = (key: Key): string =>
  'texts' in key
    ? `${key.kind} ${key.pointer.text} ${key.texts.join('\n')}`
    : `${key.kind} ${key.pointer.text} ${key.min} ${key.max}`;

type Values = Extract<Constraint, { kind: 'one-of' }>['values'];

function wholeKeys(values: Values, pointer: JsonPointer): Key[] {
  const texts = values.filter((value) => typeof value === 'string');
  return texts.length < values.length ? [] : [{ kind: 'whole', pointer, texts, length: 0 }];
}

function pathKeys(glob: string, pointer: JsonPointer): Key[] {
  const parsed = PathGlob.parse(glob);
  if (parsed === null) return [];
  const keys: Key[] = [];
  const { beginning, ending } = parsed;
  if (beginning.length > 0) {
    keys.push({ kind: 'path', pointer, texts: [beginning.join('/')], length: beginning.length });
  }
  if (ending !== '') keys.push({ kind: 'path-end', pointer, texts: [ending], length: ending.length });
  return keys;
}
