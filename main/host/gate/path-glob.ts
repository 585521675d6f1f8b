import { unclearText } from './clear-text.ts';
import type { NormalPath } from './normal-path.ts';

/** One name of a glob: the texts between its `*`. One text alone is the name itself. */
type NameGlob = readonly string[];
/** Names that follow each other; between two such runs is `**`. */
type Run = readonly NameGlob[];

/**
 * A glob on normal paths: `*` stands for any part of one name, `**` for any number of names, none included; nothing
 * else is special. So `/home/me/**` is `/home/me` and all below it. Each run of names is looked for once, the
 * leftmost place that fits, so that no glob takes more than time in proportion to its length times the path's.
 */
export class PathGlob {
  readonly #runs: readonly Run[];
  readonly #folded: readonly Run[];
  readonly #isFolded: boolean;

  /** Null: no absolute path can be within it, or it is not clear which. */
  static parse(glob: string): PathGlob | null {
    if (!glob.startsWith('/') || glob.includes('\\') || unclearText(glob) !== null) return null;
    const names = glob.split('/').filter((name) => name !== '' && name !== '.');
    return names.includes('..') ? null : new PathGlob(names);
  }

  private constructor(names: readonly string[]) {
    const folded = names.map((name) => name.toLowerCase());
    this.#runs = runsOf(names);
    this.#folded = runsOf(folded);
    this.#isFolded = names.every((name, at) => name === folded[at]);
  }

  holds({ names }: NormalPath): boolean {
    return holds(this.#runs, names);
  }

  /** Whether it would hold on a file system that knows no case. */
  holdsFolded({ names, folded }: NormalPath): boolean {
    return (names !== folded || !this.#isFolded) && holds(this.#folded, folded);
  }
}

function runsOf(names: readonly string[]): Run[] {
  const runs: NameGlob[][] = [[]];
  for (const name of names) {
    if (name === '**') runs.push([]);
    else runs.at(-1)?.push(name.split(/\*+/));
  }
  return runs;
}

function holds(runs: readonly Run[], names: readonly string[]): boolean {
  const [first = [], ...others] = runs;
  const last = others.pop();
  if (last === undefined) return names.length === first.length && fitsAt(first, names, 0);
  const end = names.length - last.length;
  if (end < first.length || !fitsAt(first, names, 0) || !fitsAt(last, names, end)) return false;
  let at = first.length;
  for (const run of others) {
    while (at + run.length <= end && !fitsAt(run, names, at)) at += 1;
    at += run.length;
    if (at > end) return false;
  }
  return true;
}

const fitsAt = (run: Run, names: readonly string[], at: number): boolean =>
  run.every((glob, offset) => fitsName(glob, names[at + offset] ?? ''));

function fitsName(glob: NameGlob, name: string): boolean {
  const first = glob[0] ?? '';
  if (glob.length === 1) return name === first;
  const last = glob.at(-1) ?? '';
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const piece of glob.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
