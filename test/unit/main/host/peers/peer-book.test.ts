import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../../../../main/host/identity/index.ts';
import { createPeers, type Peers } from '../../../../../main/host/peers/index.ts';
import type { StoredPeer } from '../../../../../main/host/records/index.ts';
import type { PeerId } from '../../../../../shared/ids.ts';
import type { PeerView } from '../../../../../shared/peers.ts';
import { FakeAgents, FakeFacts, FakeNetwork, FakePeerStore, newIdentity, noInvites } from './fakes.ts';

let identity: Identity;
let ben: PeerId;
let network: FakeNetwork;
let store: FakePeerStore;
let peers: Peers;
const told: [PeerId, PeerView | null][] = [];
const wanted = { agent: 'echo', tool: 'echo' };

const stored = (trust: StoredPeer['trust']): StoredPeer => ({
  peerId: ben,
  trust,
  alias: 'My Ben',
  name: 'Ben',
  contactSince: trust === 'blocked' ? null : 5,
  addresses: ['/ip4/192.0.2.9/tcp/4001'],
  request: null,
  lastSeen: 7,
});

function makePeers(...known: StoredPeer[]): void {
  network = new FakeNetwork();
  store = new FakePeerStore(...known);
  const agents = new FakeAgents();
  const modules = { network, agents, identity, store, facts: new FakeFacts(), invites: noInvites };
  peers = createPeers({ ...modules, ownName: () => 'Ada' });
  told.length = 0;
  peers.on('peer', (...news) => told.push(news));
}

beforeEach(async () => {
  vi.useFakeTimers();
  const others = await Promise.all([newIdentity(), newIdentity()]);
  identity = others[0];
  ben = others[1].peerId;
});
afterEach(() => {
  peers.stop();
  vi.useRealTimers();
});

describe('the trust given to a peer', () => {
  it('holds before anything is started, so that whoever comes first meets it', () => {
    makePeers(stored('blocked'));
    expect(network.told).toEqual([`block ${ben}`]);
    expect(peers.trust(ben)).toBe('blocked');
    makePeers(stored('trusted'));
    expect(peers.trust(ben)).toBe('trusted');
    expect(peers.nameOf(ben)).toBe('My Ben');
  });

  it('has contacts linked from the start, at the addresses that are remembered', () => {
    makePeers(stored('known'));
    peers.start();
    expect(network.told).toEqual([`keep ${ben} /ip4/192.0.2.9/tcp/4001`]);
  });

  it('makes a stranger a contact: it is kept linked, remembered, and its request settled', () => {
    makePeers();
    peers.start();
    network.shows(ben);
    peers.noteRequest(ben, wanted);
    const view = peers.accept(ben, { trust: 'known', alias: 'Benny' });
    expect(view).toMatchObject({ trust: 'known', alias: 'Benny', request: null, contactSince: Date.now() });
    expect(network.told).toEqual([`admit ${ben}`, `keep ${ben} /ip4/192.0.2.7/tcp/4001`]);
    expect(store.kept.get(ben)).toMatchObject({ trust: 'known', alias: 'Benny', request: null });
  });

  it('stays blocked, whatever a blocked peer does and after a restart', () => {
    makePeers(stored('known'));
    peers.start();
    expect(peers.setTrust(ben, 'blocked')).toMatchObject({ trust: 'blocked', contactSince: null });
    expect(network.told.slice(-2)).toEqual([`release ${ben}`, `block ${ben}`]);
    peers.noteRequest(ben, wanted);
    peers.answerCards(ben, { name: 'Somebody else', introduce: true });
    expect(peers.get(ben)).toMatchObject({ trust: 'blocked', request: null, alias: 'My Ben' });
    const remembered = store.list();
    makePeers(...remembered);
    expect(network.told).toEqual([`block ${ben}`]);
  });
});

describe('a stranger', () => {
  beforeEach(() => {
    makePeers();
    peers.start();
    network.shows(ben);
  });

  it('leaves one request, which counts each attempt but is not written down each time', () => {
    peers.noteRequest(ben, wanted);
    for (let attempt = 1; attempt < 100; attempt += 1) {
      vi.advanceTimersByTime(1);
      peers.noteRequest(ben, null);
    }
    expect(peers.get(ben)?.request).toMatchObject({ attempts: 100, wanted });
    expect(store.writes).toBe(1);
    vi.advanceTimersByTime(1000);
    peers.noteRequest(ben, null);
    expect(store.writes).toBe(2);
    expect(store.kept.get(ben)?.request).toMatchObject({ attempts: 101, wanted, lastAt: Date.now() });
  });

  it('is told our name, but no cards and that it is no contact', () => {
    const answer = peers.answerCards(ben, { name: 'Ben', introduce: false });
    expect(answer).toEqual({ name: 'Ada', contact: false, cards: [] });
    expect(peers.get(ben)).toMatchObject({ name: 'Ben', request: null });
  });

  it('is not remembered for having been seen', () => {
    network.shows(ben, { state: 'offline' });
    expect(store.kept.size).toBe(0);
    expect(told.at(-1)).toMatchObject([ben, { state: 'offline', trust: 'unknown' }]);
  });

  it('does no harm where the disk is full: its request holds until the host stops', () => {
    store.isFull = true;
    peers.noteRequest(ben, wanted);
    expect(peers.get(ben)?.request).toMatchObject({ attempts: 1, wanted });
    expect(told.at(-1)).toMatchObject([ben, { request: { attempts: 1 } }]);
    network.shows(ben, { state: 'offline' });
    network.shows(ben, { state: 'connected' });
    expect(peers.get(ben)).toMatchObject({ state: 'connected', trust: 'unknown' });
  });
});

describe('a contact that is removed', () => {
  it('is cut off and forgotten, and may come back as a stranger', async () => {
    makePeers(stored('trusted'));
    peers.start();
    network.shows(ben);
    await peers.remove(ben);
    expect(network.told.slice(-3)).toEqual([`admit ${ben}`, `disconnect ${ben}`, `release ${ben}`]);
    expect(store.kept.size).toBe(0);
    network.shows(ben, { state: 'connected' });
    expect(peers.get(ben)).toMatchObject({ trust: 'unknown', alias: null, contactSince: null });
    peers.noteRequest(ben, wanted);
    expect(peers.get(ben)?.request).toMatchObject({ attempts: 1 });
  });
});

describe('asking a peer for its cards unasked', () => {
  it('takes links that there are, and is given up where the peer leaves', async () => {
    makePeers();
    const asked: unknown[] = [];
    network.fetchCards = (_peerId?: unknown, _request?: unknown, options?: { from?: string }) => {
      asked.push(options?.from);
      return Promise.resolve({ name: 'Ben', contact: false, cards: [] });
    };
    peers.start();
    network.shows(ben, { speaksGatehouse: true });
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toEqual(['linked']);
    // It gives a reason to be asked again, and is disconnected before that is due.
    peers.answerCards(ben, { name: 'Ben', introduce: true });
    network.shows(ben, { state: 'offline' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(['linked']);
    await peers.refresh(ben, AbortSignal.timeout(1000));
    expect(asked).toEqual(['linked', 'wanted']);
  });
});

describe('a peer that becomes a contact', () => {
  it('is told so, also where it had accepted us before and we know it', async () => {
    makePeers();
    const introduced: boolean[] = [];
    network.fetchCards = (_peerId?: unknown, request?: { introduce: boolean }) => {
      introduced.push(request?.introduce === true);
      return Promise.resolve({ name: 'Ben', contact: true, cards: [] });
    };
    peers.start();
    network.shows(ben, { speaksGatehouse: true });
    await vi.advanceTimersByTimeAsync(5000);
    expect(peers.get(ben)).toMatchObject({ trust: 'unknown', acceptsUs: true });
    peers.accept(ben, { trust: 'known' });
    await vi.advanceTimersByTimeAsync(5000);
    expect(introduced).toEqual([false, true]);
  });

  it('by an invite keeps more trust where it has it, and is linked by the ways that the invite names', () => {
    makePeers(stored('trusted'));
    peers.welcome(ben, { trust: 'known', addresses: ['/ip4/192.0.2.1/tcp/1'] });
    expect(peers.get(ben)).toMatchObject({ trust: 'trusted', alias: 'My Ben', contactSince: 5 });
    expect(network.told).toContain(`keep ${ben} /ip4/192.0.2.1/tcp/1 /ip4/192.0.2.9/tcp/4001`);
    makePeers();
    expect(peers.welcome(ben, { trust: 'known', alias: 'Ben', addresses: [] })).toMatchObject({
      trust: 'known',
      alias: 'Ben',
      request: null,
    });
  });
});
