import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../../../../main/host/network/channels/byte-budget.ts';
import { NetworkError } from '../../../../../../main/host/network/errors.ts';
import { LineSplitter } from '../../../../../../main/host/network/channels/line-splitter.ts';

const MAX = 64;

const split = (chunks: readonly (string | Uint8Array)[], max = MAX): string[] => {
  const lines: string[] = [];
  const splitter = new LineSplitter(max);
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, lines);
  return lines;
};

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return 'no error';
  } catch (error) {
    return error instanceof NetworkError ? error.code : error;
  }
};

describe('the line splitter', () => {
  it('cuts lines wherever the chunks were cut', () => {
    const bytes = Buffer.from('one\n{"two":"zwei 🌍"}\n\nthree\nfo');
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(split(chunks)).toEqual(['one', '{"two":"zwei 🌍"}', 'three']);
    }
  });

  it('knows whether a line is unfinished', () => {
    const splitter = new LineSplitter(MAX);
    splitter.push(Buffer.from('a\nb'), []);
    expect(splitter.unfinished).toBe(true);
    splitter.push(Buffer.from('\n'), []);
    expect(splitter.unfinished).toBe(false);
  });

  it('takes a line of exactly the limit, and none that is longer, whole or in pieces', () => {
    const line = 'x'.repeat(MAX);
    expect(split([`${line}\n`])).toEqual([line]);
    expect(split([`a\n${line}\nb\n`])).toEqual(['a', line, 'b']);
    expect(split([line, '\n'])).toEqual([line]);
    expect(codeOf(() => split([`${line}x\n`]))).toBe('TOO_LARGE');
    expect(codeOf(() => split([`a\n${line}x\nb\n`]))).toBe('TOO_LARGE');
    expect(codeOf(() => split([line, 'x']))).toBe('TOO_LARGE');
    expect(codeOf(() => split(['a\n', line, 'x']))).toBe('TOO_LARGE');
  });

  it('refuses what is not UTF-8', () => {
    expect(codeOf(() => split([Uint8Array.of(0x7b, 0xff, 0x0a)]))).toBe('PROTOCOL');
    expect(codeOf(() => split([Uint8Array.of(0xc3), Uint8Array.of(0x28, 0x0a)]))).toBe('PROTOCOL');
    // A surrogate half, which JavaScript could hold and UTF-8 cannot.
    expect(codeOf(() => split([Uint8Array.of(0xed, 0xa0, 0x80, 0x0a)]))).toBe('PROTOCOL');
  });

  it('keeps a byte order mark, so that the JSON parser refuses it', () => {
    expect(split(['\uFEFF{}\n'])).toEqual(['\uFEFF{}']);
  });

  it('takes eight times as long for a line that is eight times as long, not sixty-four times', () => {
    const time = (megabytes: number): number => {
      const chunk = Buffer.alloc(4096, 0x61);
      const startedAt = performance.now();
      const chunks = Array.from({ length: (megabytes * 1024 * 1024) / chunk.length }, () => chunk);
      expect(split([...chunks, '\n'], 8 * 1024 * 1024)[0]?.length).toBe(megabytes * 1024 * 1024);
      return performance.now() - startedAt;
    };
    time(1);
    const small = Math.min(time(1), time(1), time(1));
    const large = Math.min(time(8), time(8), time(8));
    expect(large / small).toBeLessThan(32);
  });

  it('keeps the unfinished lines of many streams within one budget, and gives it back', () => {
    const budget = new ByteBudget(8 * 1024);
    const splitters = Array.from({ length: 3 }, () => new LineSplitter(1024 * 1024, budget.reserve()));
    splitters[0]?.push(Buffer.alloc(3000, 0x61), []);
    splitters[1]?.push(Buffer.alloc(3000, 0x61), []);
    expect(codeOf(() => splitters[2]?.push(Buffer.alloc(3000, 0x61), []))).toBe('TOO_LARGE');
    for (const splitter of splitters) splitter.release();
    expect(budget.used).toBe(0);
    splitters[2]?.push(Buffer.alloc(3000, 0x61), []);
    expect(budget.used).toBe(4096);
  });
});
