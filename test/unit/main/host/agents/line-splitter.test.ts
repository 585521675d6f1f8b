import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../../../../main/host/agents/line-splitter.ts';

function splitting(maxBytes: number, chunks: (string | Buffer)[], end = true): unknown[] {
  const seen: unknown[] = [];
  const splitter = new LineSplitter(maxBytes, 4, {
    line: (text) => seen.push(text),
    overlong: (head, tail, bytes) => seen.push({ head, tail, bytes }),
  });
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  if (end) splitter.end();
  return seen;
}

describe('a stream of bytes becomes lines', () => {
  test('wherever the chunks are cut', () => {
    const text = Buffer.from('one\ntwö\r\n\nthree\n');
    for (let at = 0; at <= text.length; at += 1) {
      expect(splitting(100, [text.subarray(0, at), text.subarray(at)])).toEqual(['one', 'twö', '', 'three']);
    }
    expect(
      splitting(
        100,
        [...text].map((byte) => Buffer.of(byte)),
      ),
    ).toEqual(['one', 'twö', '', 'three']);
  });

  test('a last line without its newline comes at the end only', () => {
    expect(splitting(100, ['one\ntw'], false)).toEqual(['one']);
    expect(splitting(100, ['one\ntw'])).toEqual(['one', 'tw']);
  });

  test('what is no UTF-8 is replaced', () => {
    expect(splitting(100, [Buffer.from([0x61, 0xff, 0x0a])])).toEqual(['a\uFFFD']);
  });

  test('a line of exactly the limit passes, one byte more does not', () => {
    expect(splitting(5, ['12345\n', '123456\n', 'ok\n'])).toEqual([
      '12345',
      { head: '1234', tail: '123456', bytes: 6 },
      'ok',
    ]);
  });

  test('an overlong line keeps little however long it is, and the next line is read', () => {
    const chunks = Array.from({ length: 1000 }, () => 'x'.repeat(100));
    const [dropped, next] = splitting(500, [...chunks, '"id":7}\nnext\n']);
    expect(dropped).toMatchObject({ head: 'xxxx', bytes: 100_007 });
    expect(dropped).toHaveProperty('tail', expect.stringMatching(/^x+"id":7\}$/));
    expect(next).toBe('next');
  });
});
