import { unclearText } from './clear-text.ts';
import { foldCase } from './fold-case.ts';

const MAX_LENGTH = 4096;
const PERCENT_ESCAPE = /%[0-9a-f]{2}/i;
/** Windows leaves out dots and spaces at the end of a name, so that `.. ` may be `..`. */
const CUT_BY_WINDOWS = /[. ]$/;

/** A file path without detours: no `.`, no `..`, no empty names. */
export interface NormalPath {
  readonly names: readonly string[];
  /** The same without differences of case, since some file systems know none. */
  readonly folded: readonly string[];
}

/**
 * Makes a path normal, as text: nothing is looked up, so that links of the file system are not followed. `..` at the
 * root stays there (POSIX, 4.13). A text instead says why it is not clear where the path leads, as the end of a
 * sentence: so of `//`, which is another root for some (POSIX, 4.13; a share of another machine for Windows), and of `:`,
 * by which Windows names drives and the streams of a file.
 */
export function normalPath(text: string): NormalPath | string {
  const unclear = unclearText(text);
  if (unclear !== null) return unclear;
  if (text.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH.toLocaleString('en-GB')} characters`;
  if (text.includes('\\')) return 'holds a backslash';
  if (PERCENT_ESCAPE.test(text)) return 'holds a percent-escape';
  if (!text.startsWith('/')) return 'is not an absolute path';
  if (text.startsWith('//')) return 'begins with two slashes, as paths on other machines do';
  if (text.includes(':')) return 'holds a colon, as drives and streams do';
  const names: string[] = [];
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else if (CUT_BY_WINDOWS.test(name)) return 'holds a name that ends with a dot or a space';
    else names.push(name);
  }
  const folded = foldCase(text) === text ? names : names.map(foldCase);
  return { names, folded };
}

export const pathText = ({ names }: NormalPath): string => `/${names.join('/')}`;
