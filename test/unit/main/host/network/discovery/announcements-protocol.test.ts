import { streamPair } from '@libp2p/utils';
import { describe, expect, it } from 'vitest';
import {
  answerAnnouncements,
  askForAnnouncements,
} from '../../../../../../main/host/network/discovery/announcements-protocol.ts';

const texts = (count: number, length = 40): string[] =>
  Array.from({ length: count }, (_, at) => `announcement ${at} `.padEnd(length, '.'));

/** What one gets who holds some, of one who holds others. */
async function ask(
  held: readonly string[],
  theirs: readonly string[],
  mayTellMuch = true,
): Promise<string[]> {
  const [near, far] = await streamPair();
  const answering = answerAnnouncements(far, { announcements: () => theirs }, 5000, () => mayTellMuch);
  try {
    return await askForAnnouncements(near, AbortSignal.timeout(5000), held);
  } finally {
    await answering;
  }
}

describe('the question for announcements', () => {
  it('brings all to who has none, and to who does not say', async () => {
    expect(await ask([], texts(5))).toEqual(texts(5));
  });

  it('brings only those that are missing', async () => {
    const [first, second, ...others] = texts(900);
    expect(await ask(others, [String(first), ...others, String(second)])).toEqual([first, second]);
    expect(await ask(texts(900), texts(900))).toEqual([]);
  });

  it('is not answered at length more often than allowed; in short, it is', async () => {
    expect(await ask([], texts(900), false).catch(() => [])).toEqual([]);
    expect(await ask(texts(890), texts(900), false)).toHaveLength(10);
  });

  it('may be nonsense, and is answered as if it named nothing', async () => {
    const [near, far] = await streamPair();
    const answering = answerAnnouncements(far, { announcements: () => texts(2) }, 5000);
    near.send(Buffer.from('{"have":7}\n'));
    const chunks: Uint8Array[] = [];
    near.addEventListener('message', ({ data }) => chunks.push(data.subarray()));
    await answering;
    await expect.poll(() => Buffer.concat(chunks).toString()).toBe(`${texts(2).join('\n')}\n`);
  });
});
