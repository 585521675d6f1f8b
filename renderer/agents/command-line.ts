/** A command line as one types it, taken apart and put together. Pure. Runs through no shell. */

export type Split =
  { readonly ok: true; readonly words: readonly string[] } | { readonly ok: false; readonly error: string };

/** Splits at spaces; quotes and backslashes keep together what belongs together. Expands nothing. */
export function splitCommandLine(line: string): Split {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] ?? '';
    const next = line[index + 1];
    if (quote === "'") {
      if (character === "'") quote = null;
      else word = (word ?? '') + character;
    } else if (
      character === '\\' &&
      next !== undefined &&
      (quote === null ? /[\s"'\\]/ : /["\\]/).test(next)
    ) {
      word = (word ?? '') + next;
      index += 1;
    } else if (quote === '"') {
      if (character === '"') quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) return { ok: false, error: `A quote (${quote}) is opened and not closed.` };
  if (word !== null) words.push(word);
  return { ok: true, words };
}

/** The inverse: a line that splits into these words again. */
export const joinCommandLine = (words: readonly string[]): string =>
  words
    .map((word) =>
      /^[^\s"'\\]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, (found) => `\\${found}`)}"`,
    )
    .join(' ');

/** `NAME=value` lines to a record. Empty lines are skipped. */
export function parsePairs(
  text: string,
  separator: '=' | ':',
): { pairs: Record<string, string>; error: string | null } {
  const pairs: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const at = line.indexOf(separator);
    if (at < 1) return { pairs: {}, error: `“${line.trim()}” is not of the form NAME${separator}value.` };
    pairs[line.slice(0, at).trim()] = separator === ':' ? line.slice(at + 1).trim() : line.slice(at + 1);
  }
  return { pairs, error: null };
}

export const formatPairs = (pairs: Readonly<Record<string, string>>, separator: '=' | ':'): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}${separator}${separator === ':' ? ' ' : ''}${value}`)
    .join('\n');
