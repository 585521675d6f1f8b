import { expect, it } from 'vitest';
import { keyFromSeed } from '../../../../../main/host/identity/index.ts';
import { SafetyWords, safetyWords } from '../../../../../main/host/peers/safety-words.ts';
import type { PeerId } from '../../../../../shared/ids.ts';

const peer = async (seed: number): Promise<PeerId> =>
  (await keyFromSeed(new Uint8Array(32).fill(seed))).peerId;

it('are six words, the same from both sides', async () => {
  const [ada, ben] = [await peer(1), await peer(2)];
  const words = safetyWords(ada, ben);
  expect(words).toEqual(safetyWords(ben, ada));
  expect(new SafetyWords(ada).of(ben)).toEqual(words);
  // Kept for good: two versions of Gatehouse must read the same to each other.
  expect(words.join(' ')).toBe('general awesome abstract unaware input hint');
});

it('are others for any other pair', async () => {
  const peers = await Promise.all(Array.from({ length: 12 }, (_, seed) => peer(seed + 1)));
  const all = peers.flatMap((one, at) =>
    peers.slice(at + 1).map((other) => safetyWords(one, other).join(' ')),
  );
  expect(new Set(all).size).toBe(66);
  for (const words of all) expect(words).toMatch(/^([a-z]{3,8} ){5}[a-z]{3,8}$/);
});
