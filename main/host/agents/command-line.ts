import type { AgentSource } from '../../../shared/agents.ts';

const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;
/** Control, format, unassigned, private and invisible characters, and every space but the plain one. */
const UNSEEN = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;
const UNSEEN_EACH = new RegExp(UNSEEN.source, 'gu');

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (character: string): string => {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
};

/**
 * Writes a word as a shell would need it, so that no two different words look alike: spaces are within quotes,
 * and what cannot be seen is written as an escape within `$'…'`.
 */
export function quoteWord(word: string): string {
  if (PLAIN.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const body = word
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll(UNSEEN_EACH, escaped);
  return `$'${body}'`;
}

/** The names of environment variables matter as much as the arguments; their values are not shown. */
export function commandLineOf(source: AgentSource): string {
  if (source.kind === 'http') {
    const headers = Object.keys(source.headers).map((name) => `${name}: •`);
    const url = URL.canParse(source.url) ? new URL(source.url).href : quoteWord(source.url);
    return headers.length === 0 ? url : `${url} with ${headers.join(', ')}`;
  }
  const folder = source.cwd === null ? [] : ['cd', quoteWord(source.cwd), '&&'];
  const variables = Object.keys(source.env).map((name) => `${name}=•`);
  return [...folder, ...variables, quoteWord(source.command), ...source.args.map(quoteWord)].join(' ');
}
