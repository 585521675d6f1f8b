import { streamPair } from '@libp2p/utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdWindowUpdates } from '../../../../../../main/host/network/node/window-updates.ts';

const WINDOW_UPDATE = 1;
const SYN = 1;

function frame(type: number, flags: number, length: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, 1);
  view.setUint32(8, length);
  return bytes;
}
const update = (bytes: number): Uint8Array => frame(WINDOW_UPDATE, 0, bytes);
const data = (text: string): Uint8Array => Buffer.concat([frame(0, 0, text.length), Buffer.from(text)]);

/** A connection whose sends are written down, one entry each. */
async function connection() {
  const [inner] = await streamPair();
  const sent: string[] = [];
  inner.send = (bytes) => {
    sent.push(Buffer.from(bytes.subarray()).toString('hex'));
    return true;
  };
  return { held: holdWindowUpdates(inner), inner, sent };
}
const hex = (...frames: Uint8Array[]): string => Buffer.concat(frames).toString('hex');

describe('window updates', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('leave with the next frame, before it', async () => {
    const { held, sent } = await connection();
    held.send(update(100));
    held.send(update(200));
    expect(sent).toEqual([]);
    held.send(data('hello'));
    expect(sent).toEqual([hex(update(100), update(200), data('hello'))]);
    vi.advanceTimersByTime(1000);
    expect(sent).toHaveLength(1);
  });

  it('leave alone after 10 ms without another frame', async () => {
    const { held, sent } = await connection();
    held.send(update(100));
    vi.advanceTimersByTime(9);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([hex(update(100))]);
  });

  it('leave at once when they let the other side send much', async () => {
    const { held, sent } = await connection();
    held.send(update(40_000));
    held.send(update(40_000));
    expect(sent).toEqual([hex(update(40_000), update(40_000))]);
  });

  it('that open a stream do not wait', async () => {
    const { held, sent } = await connection();
    held.send(frame(WINDOW_UPDATE, SYN, 0));
    expect(sent).toEqual([hex(frame(WINDOW_UPDATE, SYN, 0))]);
  });

  it('are dropped with the connection', async () => {
    const { held, inner, sent } = await connection();
    held.send(update(100));
    inner.abort(new Error('gone'));
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual([]);
  });
});
