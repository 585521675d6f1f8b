import decodeQR from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { qrPath, type QrPath } from '../../../../renderer/invites/qr-path.ts';

const SCALE = 4;

/** Paints the path as a browser would, dark on light. */
function paint({ size, path }: QrPath): { width: number; height: number; data: Uint8Array } {
  const width = size * SCALE;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row += 1) {
      const from = row * width + Number(x) * SCALE;
      for (let at = from; at < from + Number(length) * SCALE; at += 1) data.fill(0, at * 4, at * 4 + 3);
    }
  }
  return { width, height: width, data };
}

describe('the QR code of an invite', () => {
  it.each([60, 299, 301, 1200])('is read back by a scanner, with %i characters', (length) => {
    const text = `gatehouse://invite/${'aB3-_x'.repeat(300)}`.slice(0, length);
    expect(decodeQR(paint(qrPath(text)))).toBe(text);
  });

  it('holds the longest invite there may be, and four light modules around it', () => {
    const { size, path } = qrPath(`gatehouse://invite/${'x'.repeat(1981)}`);
    expect(size).toBeLessThanOrEqual(177 + 8);
    expect(path.startsWith('M4 4h7v1h-7z')).toBe(true);
  });
});
