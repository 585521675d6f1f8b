/** Merkle trees of RFC 9162, section 2.1, over texts. Hashes are SHA-256 in lower-case hex. All pure. */
import { hash } from 'node:crypto';

/** Of one entry: its bytes after a zero byte. */
export const leafHash = (text: string): string => hash('sha256', `\0${text}`, 'hex');

const NODE = 1;

function nodeHash(left: string, right: string): string {
  const bytes = Buffer.allocUnsafe(65);
  bytes[0] = NODE;
  bytes.write(left, 1, 'hex');
  bytes.write(right, 33, 'hex');
  return hash('sha256', bytes, 'hex');
}

/** The next level up. A last one without a neighbour goes up as it is, as RFC 9162 splits at the largest power of two. */
function levelAbove(level: readonly string[]): string[] {
  const above: string[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]];
    if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}

/** The root of a tree of at least one leaf. @throws {RangeError} where there is none */
export function rootOf(leaves: readonly string[]): string {
  let level = leaves;
  while (level.length > 1) level = levelAbove(level);
  const [root] = level;
  if (root === undefined) throw new RangeError('A tree has at least one leaf.');
  return root;
}

/** The hashes from a leaf up that lead to the root (RFC 9162, section 2.1.3.1). */
export function inclusionPath(leaves: readonly string[], index: number): string[] {
  const path: string[] = [];
  let level = leaves;
  for (let at = index; level.length > 1; at >>= 1) {
    const neighbour = level[at ^ 1];
    if (neighbour !== undefined) path.push(neighbour);
    level = levelAbove(level);
  }
  return path;
}

/** Where a path leads from a leaf (RFC 9162, section 2.1.3.2); null where there can be no such path in such a tree. */
export function rootByPath(
  leaf: string,
  index: number,
  count: number,
  path: readonly string[],
): string | null {
  if (index >= count) return null;
  let hashed = leaf;
  let [at, last] = [index, count - 1];
  for (const neighbour of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hashed = nodeHash(neighbour, hashed);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
    } else {
      hashed = nodeHash(hashed, neighbour);
    }
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 ? hashed : null;
}
