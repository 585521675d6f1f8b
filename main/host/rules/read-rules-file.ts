import { isAlias, isMap, isNode, isPair, isScalar, isSeq, Lexer, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { MAX_RULES, MAX_RULES_FILE } from '../../../shared/rules.ts';
import { visibleText } from '../../../shared/visible-text.ts';
import { FileRule, FORMAT } from './file-format.ts';
import { RulesError } from './rules-error.ts';

/** A rule as it stands in a file, and where. */
export interface ReadRule {
  readonly line: number;
  readonly rule: FileRule;
}

/** Maps and lists within each other; a rules file needs six. */
const MAX_DEPTH = 8;
/** Pieces of YAML in the longest file that is read. */
const MAX_TOKENS = 1_500_000;
const MAX_KEYS = 64;

const RulesFile = z.strictObject({
  'gatehouse-rules': z.literal(FORMAT, {
    error: `gatehouse-rules must be ${FORMAT}; this version of Gatehouse reads no other.`,
  }),
  rules: z
    .array(z.unknown(), { error: 'rules must be a list of rules.' })
    .max(MAX_RULES, `There are more than ${MAX_RULES} rules.`),
});

/** Reads a rules file. @throws {RulesError} INVALID with the line and what is wrong there */
export function readRulesFile(text: string): ReadRule[] {
  if (text.length > MAX_RULES_FILE) {
    throw new RulesError('INVALID', `The file is longer than ${MAX_RULES_FILE} characters.`);
  }
  const lines = new LineCounter();
  refuseMonsters(text);
  // Uniqueness of keys is looked after below, in time that does not grow with the square of their number.
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const fail = (offset: number, what: string): never => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    throw new RulesError('INVALID', `line ${Math.max(line, 1)}, column ${Math.max(col, 1)}: ${what}`);
  };
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) fail(problem.pos[0], sentence(problem.message));
  if (document.directives?.yaml.explicit === true) fail(0, 'Leave the %YAML line out.');
  if (document.contents === null) fail(0, 'There is nothing in it.');
  checkNode(document.contents, 1, fail);

  const file = parsed(RulesFile, document.toJS({ maxAliasCount: 0 }), [], document, fail);
  return file.rules.map((given, at) => ({
    line: lines.linePos(offsetAt(document, ['rules', at], false)).line,
    rule: parsed(FileRule, given, ['rules', at], document, fail),
  }));
}

/** What would cost the parser too much: too many pieces, or brackets without end. */
function refuseMonsters(text: string): void {
  let depth = 0;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > MAX_DEPTH) throw new RulesError('INVALID', 'It is nested too deeply.');
    if (tokens > MAX_TOKENS) throw new RulesError('INVALID', 'It has too many parts.');
  }
}

type Fail = (offset: number, what: string) => never;

/** Nothing that YAML has beyond plain maps, lists and values: no anchors, aliases or tags, each key once. */
function checkNode(node: unknown, depth: number, fail: Fail): void {
  if (!isNode(node)) return;
  const at = node.range?.[0] ?? 0;
  if (isAlias(node)) fail(at, 'Aliases are not allowed.');
  if ('anchor' in node && node.anchor !== undefined) fail(at, 'Anchors are not allowed.');
  if (node.tag !== undefined) fail(at, 'Tags are not allowed.');
  if (depth > MAX_DEPTH) fail(at, 'It is nested too deeply.');
  if (isSeq(node)) for (const item of node.items) checkNode(item, depth + 1, fail);
  if (!isMap(node)) return;
  if (node.items.length > MAX_KEYS) fail(at, 'It has too many fields.');
  const seen = new Set<string>();
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key) || typeof pair.key.value !== 'string')
      return fail(at, 'Each field has a name.');
    checkNode(pair.key, depth + 1, fail);
    const name = pair.key.value;
    if (seen.has(name)) fail(pair.key.range?.[0] ?? at, `${shown(name)} is there twice.`);
    seen.add(name);
    checkNode(pair.value, depth + 1, fail);
  }
}

function parsed<T>(
  schema: z.ZodType<T>,
  given: unknown,
  path: readonly PropertyKey[],
  document: Document,
  fail: Fail,
): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = [...path, ...(issue?.path ?? [])];
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return fail(offsetAt(document, [...where, key], true), `${shown(key)} is no field that can stand here.`);
  }
  return fail(offsetAt(document, where, false), issue?.message ?? 'This is no rule.');
}

/** Where a value begins, or its key; what is missing is where the nearest thing around it begins. */
function offsetAt(document: Document, path: readonly PropertyKey[], ofKey: boolean): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const [at, step] of path.entries()) {
    if (isNode(node)) offset = node.range?.[0] ?? offset;
    if (isSeq(node)) node = node.items[Number(step)];
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) return offset;
      if (ofKey && at === path.length - 1 && isNode(pair.key)) return pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else return offset;
  }
  return isNode(node) ? (node.range?.[0] ?? offset) : offset;
}

const shown = (text: string): string => visibleText(JSON.stringify(text), { maxLength: 80 }).text;
const sentence = (text: string): string => visibleText(text.replaceAll(/\s+/g, ' '), { maxLength: 300 }).text;
