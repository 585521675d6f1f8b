import { expect, it } from 'vitest';
import { inMemoryChannels } from '../../../../../../main/host/network/channels/in-memory-channel.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const route = {
  peerId: PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR'),
  path: 'legacy',
  transport: 'websocket',
} as const;

function pair() {
  const [one, other] = inMemoryChannels(route);
  const lines: string[] = [];
  const ends: (Error | null)[][] = [[], []];
  one.onClose = (error) => ends[0]?.push(error);
  other.onClose = (error) => ends[1]?.push(error);
  return { one, other, lines, ends };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('delivers in order, later, also what came before there was a listener', async () => {
  const { one, other, lines } = pair();
  one.send('a');
  one.send('b');
  other.onLine = (line) => lines.push(line);
  one.send('c');
  expect(lines).toEqual([]);
  await turn();
  expect(lines).toEqual(['a', 'b', 'c']);
  expect(other).toMatchObject(route);
});

it('holds what a paused reader does not take, and says when there is room', async () => {
  const { one, other, lines } = pair();
  let drained = 0;
  one.onDrain = () => (drained += 1);
  other.onLine = (line) => lines.push(line);
  other.pause();
  const line = 'x'.repeat(512 * 1024);
  expect([one.send(line), one.send(line), one.send(line)]).toEqual([true, true, false]);
  await turn();
  expect([lines.length, drained]).toEqual([0, 0]);
  other.resume();
  await turn();
  expect([lines.length, drained]).toEqual([3, 1]);
  expect(one.send('y')).toBe(true);
});

it('is cut where far too much waits, and where a line is too long', async () => {
  const full = pair();
  const line = 'x'.repeat(8 * 1024 * 1024);
  for (let at = 0; at < 5; at += 1) full.one.send(line);
  await turn();
  expect(full.ends.map(([error]) => error?.message)).toEqual(
    Array(2).fill(expect.stringContaining('slowly')),
  );
  const long = pair();
  expect(long.one.send(`${line}x`)).toBe(false);
  await turn();
  expect(long.ends.flat()).toHaveLength(2);
});

it('closes in order once the other side has read what was sent', async () => {
  const { one, other, lines, ends } = pair();
  one.send('last');
  const closed = one.close();
  expect(one.send('too late')).toBe(false);
  await turn();
  expect(ends).toEqual([[null], []]);
  other.onLine = (line) => lines.push(line);
  await closed;
  await turn();
  expect(lines).toEqual(['last']);
  expect(ends).toEqual([[null], [null]]);
  expect(other.send('nobody is there')).toBe(false);
});

it('does not wait for ever for a reader that does not read', async () => {
  const { one, ends } = pair();
  one.send('unread');
  await one.close(10);
  await turn();
  expect(ends[1]?.[0]).toMatchObject({ code: 'TIMEOUT' });
});

it('ends at both ends with an error, once, and drops what was not read', async () => {
  const { one, other, lines, ends } = pair();
  other.onLine = (line) => lines.push(line);
  one.send('dropped');
  const error = new Error('gone');
  one.abort(error);
  other.abort(new Error('again'));
  await turn();
  expect(lines).toEqual([]);
  expect(ends).toEqual([[error], [error]]);
});

it('costs no more than itself when its reader throws', async () => {
  const { one, other, ends } = pair();
  other.onLine = () => {
    throw new Error('a fault of ours');
  };
  one.send('a');
  await turn();
  expect(ends.flat().map((error) => error?.message)).toEqual(['a fault of ours', 'a fault of ours']);
});
