import { canonicalArguments } from './digest.ts';
import { isTooDeep } from './depth.ts';
import { GateError } from './gate-error.ts';

/**
 * Reads arguments that the person has changed. Names that stand twice are read as JSON does: the last one holds.
 * @throws {GateError} INVALID where they are no JSON object, nested beyond 128 levels, or hold broken characters
 */
export function readEdited(text: string): { args: Record<string, unknown>; canonicalArgs: string } {
  const args = objectOf(text, 'The changed arguments are');
  const canonicalArgs = canonicalArguments(args);
  if (canonicalArgs === null) {
    throw new GateError(
      'INVALID',
      'The changed arguments hold broken characters or numbers that are too large.',
    );
  }
  return { args, canonicalArgs };
}

/** Reads a JSON object that a person wrote. @param what such as `The changed arguments are` */
export function objectOf(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GateError('INVALID', `${what} no JSON: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
  if (!isObject(value)) throw new GateError('INVALID', `${what} no JSON object, such as {"path": "/tmp"}.`);
  if (isTooDeep(value)) throw new GateError('INVALID', `${what} nested too deeply.`);
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
