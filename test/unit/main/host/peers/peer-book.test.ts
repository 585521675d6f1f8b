import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../../../../main/host/identity/index.ts';
import { createPeers, rememberedTransports, type Peers } from '../../../../../main/host/peers/index.ts';
import type { StoredPeer } from '../../../../../main/host/records/index.ts';
import { AgentName, type PeerId } from '../../../../../shared/ids.ts';
import type { PeerAgent, PeerView } from '../../../../../shared/peers.ts';
import type { PeerTransport } from '../../../../../shared/transports.ts';
import {
  FakeAgents,
  FakeFacts,
  FakeGatehouses,
  FakeNetwork,
  FakePeerStore,
  newIdentity,
  noInvites,
} from './fakes.ts';

let identity: Identity;
let ben: PeerId;
let network: FakeNetwork;
let store: FakePeerStore;
let gatehouses: FakeGatehouses;
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
  transportChoice: null,
  legacyAllowed: false,
  budget: null,
  speaksGatehouse: false,
  lastLinkedAt: { libp2p: null, websocket: null },
});

function makePeers(...known: StoredPeer[]): void {
  network = new FakeNetwork();
  store = new FakePeerStore(...known);
  const agents = new FakeAgents();
  gatehouses = new FakeGatehouses();
  const modules = {
    network,
    agents,
    identity,
    store,
    gatehouses,
    facts: new FakeFacts(),
    invites: noInvites,
    budgetOf: () => ({ used: null, pausedUntil: null }),
  };
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

  it('is told so by the next asking, where one is under way that does not', async () => {
    makePeers();
    const introduced: boolean[] = [];
    network.fetchCards = async (_peerId?: unknown, request?: { introduce: boolean }) => {
      introduced.push(request?.introduce === true);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return { name: 'Ben', contact: true, cards: [] };
    };
    peers.start();
    network.shows(ben, { speaksGatehouse: true });
    await vi.advanceTimersByTimeAsync(500);
    expect(introduced).toEqual([false]);
    peers.accept(ben, { trust: 'known' });
    await vi.advanceTimersByTimeAsync(5000);
    expect(introduced).toEqual([false, true]);
  });

  it('is told again where it did not hear it', async () => {
    makePeers();
    const introduced: boolean[] = [];
    network.fetchCards = (_peerId?: unknown, request?: { introduce: boolean }) => {
      introduced.push(request?.introduce === true);
      const answer = { name: 'Ben', contact: true, cards: [] };
      return introduced.length === 2 ? Promise.reject(new Error('It is gone.')) : Promise.resolve(answer);
    };
    peers.start();
    network.shows(ben, { speaksGatehouse: true });
    await vi.advanceTimersByTimeAsync(500);
    peers.accept(ben, { trust: 'known' });
    await vi.advanceTimersByTimeAsync(500);
    await peers.refresh(ben, AbortSignal.timeout(1000));
    expect(introduced).toEqual([false, true, true]);
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

describe('the transports of a peer', () => {
  const links = (libp2p: Partial<PeerTransport>, websocket: Partial<PeerTransport>): PeerTransport[] => {
    const blank = { linked: false, lastLinkedAt: null, lastError: null, hasAddress: false };
    return [
      { ...blank, name: 'libp2p', ...libp2p },
      { ...blank, name: 'websocket', ...websocket },
    ];
  };
  const linked = { linked: true, lastLinkedAt: 1, hasAddress: true };

  it('are told to the network when it is made', () => {
    const peer = {
      ...stored('known'),
      transportChoice: 'websocket' as const,
      legacyAllowed: true,
      lastLinkedAt: { libp2p: null, websocket: 3 },
    };
    expect(rememberedTransports([peer])).toEqual([
      {
        peerId: ben,
        choice: 'websocket',
        legacyAllowed: true,
        speaksGatehouse: false,
        lastLinkedAt: { libp2p: null, websocket: 3 },
      },
    ]);
    expect(rememberedTransports([{ ...peer, speaksGatehouse: true }])).toMatchObject([
      { legacyAllowed: false, speaksGatehouse: true },
    ]);
  });

  it('are those of the records until the network has met it', () => {
    makePeers({
      ...stored('known'),
      addresses: ['/ip4/192.0.2.9/tcp/4001', 'ws://192.0.2.9:8000'],
      lastLinkedAt: { libp2p: 3, websocket: null },
    });
    peers.start();
    expect(network.told).toEqual([`keep ${ben} /ip4/192.0.2.9/tcp/4001 ws://192.0.2.9:8000`]);
    expect(peers.get(ben)).toMatchObject({
      transportChoice: null,
      transports: links({ lastLinkedAt: 3, hasAddress: true }, { hasAddress: true }),
      fallback: null,
      legacy: 'unknown',
    });
    network.shows(ben, { transports: links({ lastError: 'No.' }, linked) });
    expect(peers.get(ben)?.transports).toEqual(links({ lastError: 'No.', lastLinkedAt: 3 }, linked));
  });

  it('can be set for one peer, contact or not, and are remembered', () => {
    makePeers();
    peers.start();
    network.shows(ben);
    expect(peers.setTransport(ben, 'websocket')).toMatchObject({ transportChoice: 'websocket' });
    expect(network.told).toEqual([`transport ${ben} websocket`]);
    expect(store.kept.get(ben)).toMatchObject({ transportChoice: 'websocket', trust: 'unknown' });
    expect(peers.setTransport(ben, null)).toMatchObject({ transportChoice: null });
    expect(network.told.at(-1)).toBe(`transport ${ben} default`);
    // Nobody would miss it any more.
    expect(store.kept.size).toBe(0);
    const stranger = identity.peerId;
    expect(() => peers.setTransport(stranger, 'both')).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('lets a Dawn node answer without encryption only where the person says so', () => {
    makePeers();
    peers.start();
    network.shows(ben, { speaksGatehouse: false, legacy: 'offered' });
    expect(peers.get(ben)).toMatchObject({ legacy: 'offered' });
    expect(peers.allowLegacy(ben, true)).toMatchObject({ legacy: 'allowed' });
    expect(network.told).toEqual([`legacy ${ben} allowed`]);
    expect(store.kept.get(ben)).toMatchObject({ legacyAllowed: true });
    network.shows(ben, { speaksGatehouse: false, legacy: 'allowed' });
    expect(peers.allowLegacy(ben, false)).toMatchObject({ legacy: 'offered' });
    expect(network.told.at(-1)).toBe(`legacy ${ben} denied`);
    expect(store.kept.size).toBe(0);
  });

  it('never lets a peer that has spoken Gatehouse answer in any lesser way', () => {
    makePeers({ ...stored('known'), legacyAllowed: true });
    peers.start();
    network.shows(ben, { speaksGatehouse: false, legacy: 'allowed' });
    expect(peers.get(ben)).toMatchObject({ legacy: 'allowed' });
    network.shows(ben, { speaksGatehouse: true, legacy: 'not-needed' });
    expect(network.told.at(-1)).toBe(`speaks ${ben}`);
    expect(store.kept.get(ben)).toMatchObject({ speaksGatehouse: true, legacyAllowed: false });
    // It comes back, or somebody in its place does, and says that it cannot.
    network.shows(ben, { speaksGatehouse: false, legacy: 'offered' });
    expect(peers.get(ben)).toMatchObject({ legacy: 'not-needed' });
    expect(() => peers.allowLegacy(ben, true)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(store.kept.get(ben)).toMatchObject({ speaksGatehouse: true, legacyAllowed: false });
    expect(peers.allowLegacy(ben, false)).toMatchObject({ legacy: 'not-needed' });
  });

  it('remembers that of strangers, and of peers that were removed', async () => {
    makePeers();
    peers.start();
    network.shows(ben, { speaksGatehouse: true, legacy: 'not-needed' });
    expect(gatehouses.list()).toEqual([ben]);
    expect(store.kept.size).toBe(0);
    peers.accept(ben, { trust: 'known' });
    await peers.remove(ben);
    expect(gatehouses.list()).toEqual([ben]);
    // After a restart, say.
    network.shows(ben, { speaksGatehouse: false, legacy: 'offered' });
    expect(() => peers.allowLegacy(ben, true)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    peers.accept(ben, { trust: 'known' });
    expect(store.kept.get(ben)).toMatchObject({ speaksGatehouse: true });
    gatehouses.isFull = true;
    expect(() => network.shows(ben, { speaksGatehouse: true })).not.toThrow();
  });

  it('are written down when a link opens, then hourly, then at the end', () => {
    makePeers(stored('known'));
    peers.start();
    const { writes } = store;
    const opened = Date.now();
    network.shows(ben, { transports: links(linked, {}) });
    expect(store.writes).toBe(writes + 1);
    expect(store.kept.get(ben)?.lastLinkedAt).toEqual({ libp2p: opened, websocket: null });
    for (let i = 0; i < 50; i += 1) {
      vi.advanceTimersByTime(60_000);
      network.shows(ben, { transports: links(linked, {}) });
    }
    expect(store.writes).toBe(writes + 1);
    vi.advanceTimersByTime(600_000);
    expect(store.writes).toBe(writes + 2);
    expect(store.kept.get(ben)?.lastLinkedAt.libp2p).toBe(opened + 3_600_000);
    vi.advanceTimersByTime(1000);
    peers.stop();
    expect(store.kept.get(ben)?.lastLinkedAt).toEqual({ libp2p: Date.now(), websocket: null });
    expect(store.writes).toBe(writes + 3);
  });

  it('are forgotten with the peer', async () => {
    makePeers({ ...stored('known'), transportChoice: 'both', legacyAllowed: true });
    peers.start();
    await peers.remove(ben);
    expect(network.told).toEqual(
      expect.arrayContaining([`transport ${ben} default`, `legacy ${ben} denied`]),
    );
  });

  it('bring what a Dawn node says that it offers, which nobody signed', () => {
    const agent: PeerAgent = {
      name: AgentName.parse('notes'),
      verified: true,
      description: 'Trust me.',
      version: '',
      tools: [],
    };
    makePeers();
    peers.start();
    const many = Array.from({ length: 20 }, (_, index) => ({
      ...agent,
      name: AgentName.parse(`notes${index}`),
    }));
    network.shows(ben, { speaksGatehouse: false, dawnAgents: many });
    const agents = peers.get(ben)?.agents ?? [];
    expect(agents).toHaveLength(8);
    expect(agents.every(({ verified }) => !verified)).toBe(true);
  });
});
