import { describe, expect, it } from 'vitest';
import { Way } from '../../../../shared/compare.ts';
import { amount, compareSentence, milliseconds, wayWords } from '../../../../renderer/words/ways.ts';
import { fakeWays } from '../../../fixtures/lively/lively-comparing.ts';

const ways = fakeWays({ calls: 200, concurrency: 1, bytes: 1024, ways: null }, 200, 0);

describe('what a comparison says', () => {
  it('has a name of its own for each way', () => {
    expect(new Set(Way.options.map((way) => wayWords[way].name)).size).toBe(Way.options.length);
  });

  it('names the fastest and how far behind the slowest is', () => {
    const [tcp] = ways;
    const relay = ways.find(({ way }) => way === 'relay');
    const times = (relay?.p50 ?? 0) / (tcp?.p50 ?? 1);
    expect(compareSentence(ways)).toBe(
      `TCP is fastest: half of the calls took ${milliseconds(tcp?.p50 ?? 0)} or less. ` +
        `Relay took ${times.toFixed(1)} times as long.`,
    );
  });

  it('claims no more than was measured', () => {
    expect(compareSentence([])).toBe('Nothing could be measured.');
    expect(compareSentence(ways.filter(({ way }) => way === 'webrtc'))).toBe('Nothing could be measured.');
    expect(compareSentence(ways.filter(({ way }) => way === 'quic'))).toMatch(/^Over QUIC half of the calls/);
    const [tcp] = ways;
    if (tcp === undefined) throw new Error('There is no such way.');
    expect(compareSentence([tcp, { ...tcp, way: 'ws' }])).toMatch(/^All ways are about as fast/);
  });

  it('has as many digits as tell ways apart', () => {
    expect([null, 0.4242, 14.26, 640, 1200].map(milliseconds)).toEqual([
      '–',
      '0.42 ms',
      '14.3 ms',
      '640 ms',
      '1.2 s',
    ]);
    expect([null, 0, 0.024, 467.71, 18_900].map(amount)).toEqual(['–', '0', '0.02', '467.7', '18,900']);
  });
});
