import { describe, expect, it } from 'vitest';
import type { Fallback, TransportView } from '../../../../shared/transports.ts';
import {
  carriersOf,
  fallbackWords,
  isDawnNode,
  isPlainNode,
  transportLine,
  transportNews,
  transportStateWords,
  webSocketAddressesToGive,
} from '../../../../renderer/words/transports.ts';
import { somePeerId } from '../../../fixtures/views.ts';

const view = (patch: Partial<TransportView> = {}): TransportView => ({
  name: 'libp2p',
  state: 'running',
  since: 0,
  addresses: [],
  links: 0,
  busy: 0,
  error: null,
  ...patch,
});
const both = (patch: Partial<TransportView>) => ({
  settings: { transport: 'websocket' as const },
  host: { transports: [view(patch), view({ name: 'websocket' })] },
});

describe('what carries calls', () => {
  it('is named as it is chosen', () => {
    expect(carriersOf('libp2p')).toBe('libp2p');
    expect(carriersOf('both')).toBe('libp2p and WebSocket');
  });

  it('says nothing where a transport runs or rests', () => {
    expect(transportNews(view())).toBeNull();
    expect(transportNews(view({ state: 'off' }))).toBeNull();
    expect(transportStateWords(view())).toBe('running');
  });

  it('counts the calls that a drain waits for', () => {
    const draining = (busy: number) => view({ state: 'draining', busy });
    expect(transportNews(draining(3))?.text).toBe('Calls with 3 agents still end over libp2p.');
    expect(transportNews(draining(1))?.text).toBe('Calls with 1 agent still end over libp2p.');
    expect(transportNews(draining(0))?.text).toBe('libp2p is being switched off.');
    expect(transportStateWords(draining(2))).toBe('ending, calls with 2 agents left');
    expect(transportLine(both({ state: 'draining', busy: 3 })).text).toBe(
      'WebSocket, calls with 3 agents end over libp2p',
    );
    expect(transportLine(both({ state: 'draining' })).text).toBe('WebSocket, libp2p ends');
  });

  it('says what is wrong with one that runs all the same', () => {
    const nowhere = { name: 'websocket', error: 'It listens nowhere.' } as const;
    expect(transportNews(view(nowhere))).toEqual({ text: 'WebSocket: It listens nowhere.', tone: 'bad' });
    expect(transportLine(both(nowhere))).toEqual({ text: 'WebSocket needs a look', tone: 'bad' });
  });

  it('says that one failed, and why', () => {
    const failed = view({ state: 'failed', error: 'Port 8000 is taken.' });
    expect(transportNews(failed)).toEqual({ text: 'libp2p failed: Port 8000 is taken.', tone: 'bad' });
    expect(transportLine(both({ state: 'failed' }))).toEqual({ text: 'libp2p failed', tone: 'bad' });
    expect(transportLine(both({ state: 'off' }))).toEqual({ text: 'WebSocket', tone: 'plain' });
  });
});

describe('a peer that is linked over WebSocket although libp2p is preferred', () => {
  const since = new Date(2026, 10, 3, 12, 31, 7).getTime();
  const fallback: Fallback = { since, afterMs: 3000, reason: 'Nobody answers', nextTryAt: since + 25_000 };

  it('says since when, how long libp2p was waited for, why, and when it is tried again', () => {
    expect(fallbackWords(fallback, since)).toEqual({
      since: 'Over WebSocket since 12:31, since libp2p did not answer for 3.0 s:',
      reason: 'Nobody answers.',
      next: 'libp2p is tried again in 25 s.',
    });
  });

  it('claims no waiting where libp2p failed at once, or before its time was up', () => {
    expect(fallbackWords({ ...fallback, afterMs: 12 }, since).since).toBe(
      'Over WebSocket since 12:31, instead of libp2p:',
    );
    expect(fallbackWords({ ...fallback, afterMs: 1400 }, since).since).toBe(
      'Over WebSocket since 12:31, since libp2p failed after 1.4 s:',
    );
  });

  it('never counts below zero, and does not promise a time that nobody knows', () => {
    expect(fallbackWords(fallback, since + 60_000).next).toBe('libp2p is being tried again.');
    expect(fallbackWords({ ...fallback, nextTryAt: null }, since).next).toBe(
      'libp2p is not tried again by itself.',
    );
    expect(fallbackWords({ ...fallback, nextTryAt: since + 300_000 }, since).next).toBe(
      'libp2p is tried again in 5:00.',
    );
    expect(fallbackWords({ ...fallback, reason: 'It refused.' }, since).reason).toBe('It refused.');
  });
});

describe('what a peer is', () => {
  it('tells Dawn nodes from plain libp2p nodes', () => {
    expect(isDawnNode({ legacy: 'offered' })).toBe(true);
    expect(isDawnNode({ legacy: 'not-needed' })).toBe(false);
    expect(isPlainNode({ speaksGatehouse: false, legacy: 'allowed' })).toBe(false);
    expect(isPlainNode({ speaksGatehouse: false, legacy: 'unknown' })).toBe(true);
    expect(isPlainNode({ speaksGatehouse: null, legacy: 'unknown' })).toBe(false);
  });
});

describe('WebSocket addresses to give', () => {
  it('are those of use to others, with who is there', () => {
    const addresses = [
      'ws://127.0.0.1:8000',
      'ws://[::1]:8000',
      'ws://192.0.2.7:8000/',
      'wss://a.example:8000#x',
    ];
    const transports = [view({ addresses: ['/ip4/192.0.2.7'] }), view({ name: 'websocket', addresses })];
    expect(webSocketAddressesToGive(transports, somePeerId)).toEqual([
      `ws://192.0.2.7:8000#${somePeerId}`,
      'wss://a.example:8000#x',
    ]);
  });
});
