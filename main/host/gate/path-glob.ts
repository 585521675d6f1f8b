import { unclearText } from './clear-text.ts';
import { foldCase } from './fold-case.ts';
import type { NormalPath } from './normal-path.ts';

/** One name of a glob: itself, or the texts between its `*`. */
type NameGlob = string | readonly string[];
/** Names that follow each other; between two such runs is `**`. */
type Run = readonly NameGlob[];
/** The runs that begin and end the path, and those that are looked for between them. `last` is null without any `**`. */
interface Runs {
  readonly first: Run;
  readonly middle: readonly Run[];
  readonly last: Run | null;
}

/**
 * A glob on normal paths: `*` stands for any part of one name, `**` for any number of names, none included; nothing
 * else is special. So `/home/me/**` is `/home/me` and all below it. Each run of names is looked for once, the
 * leftmost place that fits, so that no glob takes more than time in proportion to its length times the path's.
 */
export class PathGlob {
  readonly #runs: Runs;
  readonly #folded: Runs;
  readonly #isFolded: boolean;

  /** Null: no absolute path can be within it, or it is not clear which. */
  static parse(glob: string): PathGlob | null {
    if (!glob.startsWith('/') || glob.includes('\\') || unclearText(glob) !== null) return null;
    const names = glob.split('/').filter((name) => name !== '' && name !== '.');
    return names.includes('..') ? null : new PathGlob(names);
  }

  private constructor(names: readonly string[]) {
    const folded = names.map(foldCase);
    this.#runs = runsOf(names);
    this.#folded = runsOf(folded);
    this.#isFolded = names.every((name, at) => name === folded[at]);
  }

  /** The names with which all paths begin that are within it, without differences of case. */
  get beginning(): readonly string[] {
    const names: string[] = [];
    for (const name of this.#folded.first) {
      if (typeof name !== 'string') break;
      names.push(name);
    }
    return names;
  }

  /** What the last name of all such paths ends with, without differences of case; empty where that is not fixed. */
  get ending(): string {
    const { first, last } = this.#folded;
    const name = (last ?? first).at(-1) ?? '';
    return typeof name === 'string' ? name : (name.at(-1) ?? '');
  }

  holds(path: NormalPath): boolean {
    return holds(this.#runs, path.names);
  }

  /** Whether it would hold on a file system that knows no case. */
  holdsFolded(path: NormalPath): boolean {
    return (path.names !== path.folded || !this.#isFolded) && holds(this.#folded, path.folded);
  }
}

function runsOf(names: readonly string[]): Runs {
  const runs: NameGlob[][] = [[]];
  for (const name of names) {
    if (name === '**') runs.push([]);
    else runs.at(-1)?.push(name.includes('*') ? name.split(/\*+/) : name);
  }
  const [first = [], ...others] = runs;
  const last = others.pop() ?? null;
  return { first, middle: others, last };
}

function holds({ first, middle, last }: Runs, names: readonly string[]): boolean {
  if (!fitsAt(first, names, 0)) return false;
  if (last === null) return names.length === first.length;
  const end = names.length - last.length;
  if (end < first.length || !fitsAt(last, names, end)) return false;
  let at = first.length;
  for (const run of middle) {
    while (at + run.length <= end && !fitsAt(run, names, at)) at += 1;
    at += run.length;
    if (at > end) return false;
  }
  return true;
}

function fitsAt(run: Run, names: readonly string[], at: number): boolean {
  if (at + run.length > names.length) return false;
  for (let i = 0; i < run.length; i += 1) {
    const glob = run[i];
    const name = names[at + i];
    if (glob === name) continue;
    if (glob === undefined || name === undefined || typeof glob === 'string') return false;
    if (!fitsName(glob, name)) return false;
  }
  return true;
}

function fitsName(pieces: readonly string[], name: string): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (let i = 1; i < pieces.length - 1; i += 1) {
    const piece = pieces[i] ?? '';
    const found = name.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
