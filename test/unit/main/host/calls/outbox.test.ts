import { expect, test } from 'vitest';
import { Outbox } from '../../../../../main/host/calls/outbox.ts';
import type { MessageChannel } from '../../../../../main/host/network/index.ts';

/** Stands for a channel whose other side reads when the test says so. */
class FakeChannel {
  readonly sent: string[] = [];
  onDrain: (() => void) | null = null;
  room = 1;
  paused = false;
  send(line: string): boolean {
    this.sent.push(line);
    this.room -= 1;
    return this.room > 0;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  read(lines: number): void {
    this.room = lines;
    this.onDrain?.();
  }
}
const anOutbox = (held = { bytes: 0 }): { channel: FakeChannel; outbox: Outbox; held: { bytes: number } } => {
  const channel = new FakeChannel();
  return { channel, held, outbox: new Outbox(channel as unknown as MessageChannel, held) };
};

test('holds answers in order while the caller does not read, and reads nothing more from it', () => {
  const { channel, outbox, held } = anOutbox();
  for (const line of ['a', 'b', 'c']) expect(outbox.answer(line, 1)).toBe(true);
  outbox.tell('news');
  expect(channel).toMatchObject({ sent: ['a'], paused: true });
  expect(held.bytes).toBe(2);
  channel.read(2);
  expect(channel).toMatchObject({ sent: ['a', 'b', 'c'], paused: true });
  expect(outbox.isEmpty).toBe(true);
  channel.read(10);
  expect(channel.paused).toBe(false);
  expect(held.bytes).toBe(0);
});

test('takes no more than 64 MiB for one peer over all its streams, but every error', () => {
  const held = { bytes: 0 };
  const [one, two] = [anOutbox(held), anOutbox(held)];
  const big = 40 * 1024 * 1024;
  for (const { outbox } of [one, two]) outbox.answer('first', 1);
  expect(one.outbox.answer('x', big)).toBe(true);
  expect(two.outbox.answer('y', big)).toBe(false);
  expect(two.outbox.answer('an error', 100)).toBe(true);
  one.outbox.clear();
  expect(two.outbox.answer('y', big)).toBe(true);
});
