import { Uint8ArrayList } from 'uint8arraylist';
import { describe, expect, it } from 'vitest';
import { YamuxFrameError, YamuxFrameGuard } from '../../../../../../main/host/network/node/yamux-guard.ts';

const MAX = 1000;

const frame = (type: number, length: number, body = 0): Buffer => {
  const bytes = Buffer.alloc(12 + body, 0xee);
  bytes.fill(0, 0, 12);
  bytes[1] = type;
  bytes.writeUInt32BE(1, 4);
  bytes.writeUInt32BE(length, 8);
  return bytes;
};

const inspect = (pieces: readonly Uint8Array[]): void => {
  const guard = new YamuxFrameGuard(MAX);
  for (const piece of pieces) guard.inspect(piece);
};

describe('the yamux guard', () => {
  it('lets frames of every kind pass, however they are cut', () => {
    const bytes = Buffer.concat([
      frame(0, MAX, MAX),
      frame(1, 0xffffffff),
      frame(0, 0),
      frame(2, 0xdeadbeef),
      frame(0, 5, 5),
      frame(3, 0),
    ]);
    for (const size of [1, 7, 12, 13, 500, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(() => inspect(pieces)).not.toThrow();
    }
    expect(() =>
      new YamuxFrameGuard(MAX).inspect(new Uint8ArrayList(bytes.subarray(0, 100), bytes.subarray(100))),
    ).not.toThrow();
  });

  it('refuses a data frame that announces too much, as soon as its header is there', () => {
    expect(() => inspect([frame(0, MAX + 1)])).toThrow(YamuxFrameError);
    expect(() => inspect([frame(0, 0xffffffff)])).toThrow(YamuxFrameError);
    const bytes = Buffer.concat([frame(0, 5, 5), frame(0, 0xffffffff)]);
    expect(() => inspect([...bytes].map((byte) => Uint8Array.of(byte)))).toThrow(YamuxFrameError);
  });
});
