import type { Constraint, Scalar } from '../../../shared/rules.ts';
import type { ArgumentFacts, Place } from './argument-facts.ts';
import { verdictOf, type ReadyConstraint } from './constraints.ts';
import { normalPath, pathText } from './normal-path.ts';
import { PathGlob } from './path-glob.ts';

/** Of what peers say, in explanations. Whoever shows it makes it visible. */
const MAX_SHOWN = 120;

/** Why a constraint does not hold, or why that is unclear: a sentence. Null: it holds. */
export function whyNot(ready: ReadyConstraint, facts: ArgumentFacts): string | null {
  const verdict = verdictOf(ready, facts);
  if (verdict === 'holds') return null;
  const { constraint } = ready;
  const place = facts.at(ready.pointer);
  const at = placeName(constraint.at);
  switch (place.pointed.kind) {
    case 'missing':
      return `There is no ${at}.`;
    case 'blocked':
      return `It is unclear what ${at} is: the arguments are of another shape.`;
    default: {
      const { value } = place.pointed;
      return verdict === 'fails' ? failure(constraint, value, place) : doubt(constraint, value, place);
    }
  }
}

function failure(constraint: Constraint, value: unknown, place: Place): string {
  const at = placeName(constraint.at);
  switch (constraint.kind) {
    case 'equals':
      return `The ${at} is ${shown(value)}, not ${shown(constraint.value)}.`;
    case 'one-of':
      return `The ${at} is ${shown(value)}, which is none of ${listed(constraint.values)}.`;
    case 'prefix':
      return `The ${at} is ${shown(value)}, which does not begin with ${shown(constraint.prefix)}.`;
    case 'path': {
      const path = typeof value === 'string' ? normalPath(value) : '';
      return `The path ${typeof path === 'string' ? '' : cut(pathText(path))} is not within ${cut(constraint.glob)}.`;
    }
    case 'range':
      return `The ${at} is ${shown(value)}, which is not ${between(constraint)}.`;
    case 'max-size':
      return `The ${at} has ${inWords(place.size(value) ?? 0)} bytes, more than ${inWords(constraint.bytes)}.`;
    default:
      return constraint satisfies never;
  }
}

function doubt(constraint: Constraint, value: unknown, place: Place): string {
  const at = placeName(constraint.at);
  if (constraint.kind === 'max-size') return `It is unclear: the ${at} is nested too deeply to be measured.`;
  if (constraint.kind === 'path' && PathGlob.parse(constraint.glob) === null) {
    return `It is unclear: ${cut(constraint.glob)} is no absolute path without detours.`;
  }
  if (typeof value === 'string') {
    const why = constraint.kind === 'path' ? pathDoubt(value, place) : place.unclear(value);
    if (why !== null) return `It is unclear: the ${at} ${why}.`;
  }
  if (typeof value === 'number') {
    return `It is unclear: the ${at} is ${shown(value)}, which is of another kind than expected, or not exact.`;
  }
  return `It is unclear: the ${at} is ${shown(value)}, which is of another kind than expected.`;
}

function pathDoubt(text: string, place: Place): string {
  const path = place.path(text);
  return typeof path === 'string' ? path : 'is within it only where file names know no case';
}

const placeName = (pointer: string): string =>
  pointer === '' ? 'whole of the arguments' : `argument ${cut(pointer)}`;

const listed = (values: readonly Scalar[]): string => cut(values.map(shown).join(', '));

function between({ min, max }: Extract<Constraint, { kind: 'range' }>): string {
  if (min === null) return `at most ${max}`;
  return max === null ? `at least ${min}` : `from ${min} to ${max}`;
}

/** A value, cut to what a sentence can hold. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** Cuts without leaving half a character. */
function cut(text: string): string {
  return text.length <= MAX_SHOWN
    ? text
    : `${text
        .slice(0, MAX_SHOWN)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

const inWords = (count: number): string => count.toLocaleString('en-GB');
