import type { Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { streamPair } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApartConnections, wayOf } from '../../../../../../main/host/network/links/apart-connections.ts';
import { LinkPulses } from '../../../../../../main/host/network/links/link-pulse.ts';
import type { LinkConnection } from '../../../../../../main/host/network/transport.ts';
import { CARDS_PROTOCOL, ECHO_PROTOCOL, MCP_PROTOCOL } from '../../../../../../shared/wire.ts';
import { alice, bob } from '../../records/setup.ts';

const SECRET = 'a-secret-of-sixteen-or-more';

let adopted: LinkConnection[];
let apart: ApartConnections;

beforeEach(() => {
  vi.useFakeTimers();
  adopted = [];
  apart = new ApartConnections((connection) => adopted.push(connection), new LinkPulses());
});
afterEach(() => {
  apart.stop();
  vi.useRealTimers();
});

interface Fake extends LinkConnection {
  readonly closed: () => boolean;
}

const connection = (
  direction: 'inbound' | 'outbound',
  { peer = alice, address = '/ip4/192.0.2.7/tcp/4001', streams = [] as Stream[] } = {},
): Fake => {
  let isClosed = false;
  const end = async (): Promise<void> => void (isClosed = true);
  return {
    id: '1',
    remotePeer: peerIdFromString(peer),
    remoteAddr: multiaddr(address),
    direction,
    status: 'open',
    streams,
    newStream: () => Promise.reject(new Error('There are none.')),
    roundTrip: () => new Promise((resolve) => setTimeout(() => resolve(1), 1)),
    close: end,
    abort: () => void end(),
    closed: () => isClosed,
  };
};

it('one that was announced and shown is none of the links, and carries calls and lines only', () => {
  expect(apart.expect(alice, SECRET)).toBe(true);
  const guest = connection('inbound');
  expect(apart.claims(guest)).toBe(true);
  expect(apart.mayRun(guest, ECHO_PROTOCOL)).toBe(true);
  expect(apart.shown(guest, alice, SECRET)).toBeNull();
  expect(apart.mayRun(guest, MCP_PROTOCOL)).toBe(true);
  expect(apart.mayRun(guest, CARDS_PROTOCOL)).toBe(false);
  expect(adopted).toEqual([]);
});

it('others are links: of other peers, without an announcement, and after it was shown', () => {
  expect(apart.claims(connection('inbound'))).toBe(false);
  apart.expect(alice, SECRET);
  expect(apart.claims(connection('inbound', { peer: bob }))).toBe(false);
  const guest = connection('inbound');
  apart.claims(guest);
  expect(apart.shown(guest, bob, SECRET)).toBe('unknown');
  expect(apart.shown(guest, alice, SECRET)).toBeNull();
  expect(apart.claims(connection('inbound'))).toBe(false);
});

it('one that shows nothing within five seconds is a link', () => {
  apart.expect(alice, SECRET);
  const late = connection('inbound');
  apart.claims(late);
  vi.advanceTimersByTime(4999);
  expect(adopted).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(adopted).toEqual([late]);
  expect(apart.shown(late, alice, SECRET)).toBe('unknown');
});

it('an announcement holds for half a minute', () => {
  apart.expect(alice, SECRET);
  vi.advanceTimersByTime(30_000);
  expect(apart.claims(connection('inbound'))).toBe(false);
});

it('one on which nothing runs is sent away after a minute; one that is used is not', async () => {
  const [stream] = await streamPair();
  stream.protocol = ECHO_PROTOCOL;
  const [used, unused] = [connection('inbound', { streams: [stream] }), connection('inbound')];
  for (const [index, guest] of [used, unused].entries()) {
    apart.expect(alice, `${SECRET}-${index}`);
    apart.claims(guest);
    expect(apart.shown(guest, alice, `${SECRET}-${index}`)).toBeNull();
  }
  await vi.advanceTimersByTimeAsync(59_000);
  expect([used.closed(), unused.closed()]).toEqual([false, false]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect([used.closed(), unused.closed()]).toEqual([false, true]);
  await vi.advanceTimersByTimeAsync(2 * 60 * 60_000);
  expect(used.closed()).toBe(true);
});

it('no peer has more of them than there are ways', () => {
  for (let count = 0; count < 9; count += 1) {
    expect(apart.expect(alice, `${SECRET}-${count}`)).toBe(true);
    const guest = connection('inbound');
    apart.claims(guest);
    expect(apart.shown(guest, alice, `${SECRET}-${count}`)).toBe(count < 8 ? null : 'busy');
  }
});

it('what comes up by the same way meanwhile, for another reason, is a link', async () => {
  const other = connection('outbound');
  const byOtherWay = connection('outbound', { address: '/ip4/192.0.2.7/udp/4001/quic-v1' });
  const own = connection('outbound');
  const made = await apart.make(alice, 'tcp', async () => {
    expect([other, byOtherWay, own].map((one) => apart.claims(one))).toEqual([true, false, true]);
    return own;
  });
  expect(made).toBe(own);
  expect(adopted).toEqual([other]);
  // The other side has nothing to open on ours.
  expect(apart.mayRun(own, MCP_PROTOCOL)).toBe(false);
  expect(apart.mayRun(other, MCP_PROTOCOL)).toBe(true);
});

it('a dial that failed leaves what it brought as a link', async () => {
  const found = connection('outbound');
  const dial = apart.make(alice, 'tcp', () => {
    apart.claims(found);
    return Promise.reject(new Error('It failed later.'));
  });
  await expect(dial).rejects.toThrow('later');
  expect(adopted).toEqual([found]);
});

it('the way of a connection is told by its address', () => {
  const by = (address: string): string => wayOf(connection('outbound', { address }));
  const circuit = `/ip4/192.0.2.7/tcp/4001/p2p/${bob}/p2p-circuit`;
  expect(by('/ip4/192.0.2.7/tcp/4001')).toBe('tcp');
  expect(by('/ip4/192.0.2.7/udp/4001/quic-v1')).toBe('quic');
  expect(by('/ip4/192.0.2.7/tcp/4001/ws')).toBe('ws');
  expect(by(circuit)).toBe('relay');
  expect(by(`${circuit}/webrtc`)).toBe('webrtc');
});
