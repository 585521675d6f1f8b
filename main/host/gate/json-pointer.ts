/** A place in the arguments: a JSON pointer (RFC 6901), taken apart once. */
export interface JsonPointer {
  readonly text: string;
  readonly names: readonly string[];
  /** Where what is found there is kept during a decision: a small number, of no other pointer at the same time. */
  readonly slot: number;
}

export const parsePointer = (text: string, slot: number): JsonPointer => ({
  text,
  slot,
  names: text
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')),
});

/**
 * What stands at a place. `blocked`: on the way there is something that has no members, such as a text, so that the
 * arguments are of another shape than expected.
 */
export type Pointed =
  | { readonly kind: 'found'; readonly value: unknown }
  | { readonly kind: 'missing' }
  | { readonly kind: 'blocked' };

const MISSING: Pointed = { kind: 'missing' };
const BLOCKED: Pointed = { kind: 'blocked' };
const INDEX = /^(0|[1-9]\d{0,9})$/;

/** Follows own members only: what every object inherits, such as `__proto__`, is not part of the arguments. */
export function valueAt(whole: unknown, { names }: JsonPointer): Pointed {
  let value = whole;
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return BLOCKED;
    if (Array.isArray(value) && !INDEX.test(name)) return MISSING;
    const member = Object.getOwnPropertyDescriptor(value, name);
    if (member === undefined) return MISSING;
    value = member.value;
  }
  return value === undefined ? MISSING : { kind: 'found', value };
}
