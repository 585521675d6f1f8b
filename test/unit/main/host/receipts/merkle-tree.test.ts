import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  inclusionPath,
  leafHash,
  rootByPath,
  rootOf,
} from '../../../../../main/host/receipts/merkle-tree.ts';

/** RFC 9162, section 2.1.1, word for word: recursive, over bytes. */
function naive(entries: readonly string[]): Buffer {
  const sha = (...parts: Uint8Array[]): Buffer => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return sha(Uint8Array.of(0), Buffer.from(only));
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return sha(Uint8Array.of(1), naive(entries.slice(0, split)), naive(entries.slice(split)));
}

/** RFC 9162, section 2.1.3.1, word for word. */
function naivePath(index: number, entries: readonly string[]): string[] {
  if (entries.length === 1) return [];
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  const [left, right] = [entries.slice(0, split), entries.slice(split)];
  return index < split
    ? [...naivePath(index, left), naive(right).toString('hex')]
    : [...naivePath(index - split, right), naive(left).toString('hex')];
}

const entries = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 20 }), {
  minLength: 1,
  maxLength: 70,
});
const flip = (hash: string, at: number): string =>
  hash.slice(0, at) + (hash[at] === '0' ? '1' : '0') + hash.slice(at + 1);

it('makes the trees of RFC 9162', () => {
  fc.assert(
    fc.property(entries, (texts) => {
      expect(rootOf(texts.map(leafHash))).toBe(naive(texts).toString('hex'));
    }),
    { numRuns: 500 },
  );
});

it('makes their inclusion proofs, and each leads to the root', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (texts, anywhere) => {
      const index = anywhere % texts.length;
      const leaves = texts.map(leafHash);
      const path = inclusionPath(leaves, index);
      expect(path).toEqual(naivePath(index, texts));
      expect(rootByPath(leafHash(texts[index] ?? ''), index, texts.length, path)).toBe(rootOf(leaves));
    }),
    { numRuns: 500 },
  );
});

it('is led nowhere by a proof in which anything is another', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(), fc.nat({ max: 63 }), (texts, anywhere, where, digit) => {
      const index = anywhere % texts.length;
      const count = texts.length;
      const leaves = texts.map(leafHash);
      const [leaf, root] = [leaves[index] ?? '', rootOf(leaves)];
      const path = inclusionPath(leaves, index);
      expect(rootByPath(flip(leaf, digit), index, count, path)).not.toBe(root);
      expect(rootByPath(leaf, count, count, path)).toBeNull();
      expect(rootByPath(leaf, index, count, [...path, leaf])).not.toBe(root);
      if (path.length === 0) return;
      const at = where % path.length;
      const other = path.map((hash, of) => (of === at ? flip(hash, digit) : hash));
      expect(rootByPath(leaf, index, count, other)).not.toBe(root);
      expect(rootByPath(leaf, index, count, path.slice(1))).not.toBe(root);
      for (let elsewhere = 0; elsewhere < count; elsewhere += 1) {
        if (elsewhere !== index) expect(rootByPath(leaf, elsewhere, count, path)).not.toBe(root);
      }
    }),
    { numRuns: 300 },
  );
});

it('has no root without a leaf', () => {
  expect(() => rootOf([])).toThrow(RangeError);
});
