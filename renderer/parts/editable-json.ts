import { visibleText } from '../../shared/visible-text.ts';

const LONGEST = 1_048_576;
/** Anything that is not plain ASCII may hide or reorder; what does is written as an escape of JSON. */
const NOT_PLAIN = /[^\n -~]/gu;

const units = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');

/**
 * A value as indented JSON that can be edited as it is seen: characters that hide, reorder or steer stand as `\uXXXX`,
 * which means the same. Pure.
 */
export const editableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll(NOT_PLAIN, (character) =>
    visibleText(character).escaped ? units(character) : character,
  );

export type Edited =
  | { readonly ok: true; readonly value: Record<string, unknown> }
  | { readonly ok: false; readonly problem: string };

/** Reads what the person wrote: it must be one JSON object. Pure. */
export function readEdited(text: string): Edited {
  if (text.length > LONGEST) return { ok: false, problem: 'This is longer than 1 MiB.' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      problem: `This is no JSON yet. ${error instanceof Error ? error.message : ''}`.trim(),
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, problem: 'It must be an object: { … }.' };
  return { ok: true, value: { ...value } };
}
