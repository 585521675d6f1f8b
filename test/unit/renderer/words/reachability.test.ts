import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../../shared/reachability.ts';
import {
  compareEvidence,
  consequenceOf,
  provenAddresses,
  standingOf,
  standingWords,
} from '../../../../renderer/words/reachability.ts';
import { fakeReachability } from '../../../fixtures/lively/reach-seed.ts';
import { emptyState } from '../../../fixtures/lively/seed.ts';

const { host } = emptyState(1);

describe('how this machine stands', () => {
  it('is the verdict, unless all is stopped or nothing listens', () => {
    const reachability = fakeReachability('mapped', 1e12);
    expect(standingOf({ host, reachability })).toBe('mapped');
    expect(standingOf({ host: { ...host, stoppedAt: 1 }, reachability })).toBe('stopped');
    expect(standingOf({ host: { ...host, addresses: [], transports: [] }, reachability })).toBe('silent');
    const offline = fakeReachability('offline', 1e12);
    expect(standingOf({ host: { ...host, addresses: [], transports: [] }, reachability: offline })).toBe(
      'offline',
    );
  });

  it('has a line of its own for each verdict, and the host’s sentences', () => {
    const lines = Verdict.options.map((verdict) => standingWords[verdict].line);
    expect(new Set(lines).size).toBe(lines.length);
    for (const verdict of Verdict.options) {
      // Amber means that something waits for the person.
      expect(standingWords[verdict].tone).not.toBe('wait');
      const reachability = fakeReachability(verdict, 1e12);
      expect(consequenceOf(verdict, reachability).consequence).toBe(reachability.consequence);
    }
  });
});

describe('the evidence', () => {
  const { evidence } = fakeReachability('mapped', 1e12);

  it('puts what reaches far first, and what works before what does not', () => {
    expect(
      evidence.addresses
        .toReversed()
        .toSorted(compareEvidence)
        .map(({ address }) => address),
    ).toEqual([
      '/ip4/198.51.100.23/tcp/4001',
      expect.stringContaining('p2p-circuit'),
      '/ip4/198.51.100.23/udp/41733/quic-v1',
      '/ip4/192.168.1.10/tcp/4001',
      '/ip4/192.168.1.10/udp/4001/quic-v1',
      '/ip4/127.0.0.1/tcp/4001',
    ]);
  });

  it('gives out only addresses that were proven from elsewhere, with the peer id', () => {
    expect(provenAddresses(fakeReachability('mapped', 1e12), 'ME')).toEqual([
      '/ip4/198.51.100.23/tcp/4001/p2p/ME',
      expect.stringMatching(/p2p-circuit\/p2p\/ME$/),
    ]);
    expect(provenAddresses(fakeReachability('lan-only', 1e12), 'ME')).toEqual([]);
  });
});
