/** Small stand-ins for the rooms that the peers room works with; each remembers what it was told. */
import { EventEmitter } from 'node:events';
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { Agents, AgentsEvents } from '../../../../../main/host/agents/index.ts';
import { openIdentity, type Identity } from '../../../../../main/host/identity/index.ts';
import type { Network, NetworkEvents, NetworkPeer } from '../../../../../main/host/network/index.ts';
import type { InviteExchange } from '../../../../../main/host/peers/index.ts';
import {
  RecordsError,
  type FactStore,
  type GatehouseStore,
  type PeerStore,
  type StoredPeer,
} from '../../../../../main/host/records/index.ts';
import type { AgentView } from '../../../../../shared/agents.ts';
import { AgentName, PeerId } from '../../../../../shared/ids.ts';
import type { TransportChoice } from '../../../../../shared/transports.ts';
import type { CardsAnswer } from '../../../../../shared/wire.ts';

export async function newIdentity(): Promise<Identity> {
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'));
  return openIdentity({ kind: 'plain', load: async () => key, create: async () => undefined });
}

/** Nobody has an invite of anybody. */
export const noInvites: InviteExchange = {
  redeem: () => null,
  secretFor: () => null,
  shown: () => undefined,
};

const unused = (): never => {
  throw new Error('The peers room has no business with this.');
};

export class FakeNetwork extends EventEmitter<NetworkEvents> implements Network {
  /** What it was told, as in `keep …abc`. */
  readonly told: string[] = [];
  readonly known = new Map<PeerId, NetworkPeer>();
  cards: CardsAnswer = { name: 'Ben', contact: false, cards: [] };
  start = unused;
  stop = unused;
  setMdns = unused;
  freeze = unused;
  unfreeze = unused;
  openMcp = unused;
  networkChanged = unused;
  setBootstrap = unused;
  setDht = unused;
  setGossip = unused;
  setRelays = unused;
  setStun = unused;
  publish = unused;
  fetchAnnouncements = unused;
  provide = unused;
  providersOf = unused;
  reachEvidence = unused;
  testReach = unused;
  relayView = unused;
  transports = unused;
  setTransport = unused;
  setWebSocketListen = unused;
  setWebSocketPeers = unused;
  openWay = unused;
  addresses = (): string[] => [];
  peers = (): NetworkPeer[] => [...this.known.values()];
  fetchCards = (): Promise<CardsAnswer> => Promise.resolve(this.cards);
  dial(address: string): Promise<PeerId> {
    this.told.push(`dial ${address}`);
    return Promise.resolve(PeerId.parse(address));
  }
  disconnect(peerId: PeerId): Promise<void> {
    this.told.push(`disconnect ${peerId}`);
    return Promise.resolve();
  }
  keep(peerId: PeerId, addresses: readonly string[]): void {
    this.told.push(`keep ${peerId} ${addresses.join(' ')}`.trim());
  }
  release(peerId: PeerId): void {
    this.told.push(`release ${peerId}`);
  }
  setBlocked(peerId: PeerId, blocked: boolean): void {
    this.told.push(`${blocked ? 'block' : 'admit'} ${peerId}`);
  }

  setPeerTransport(peerId: PeerId, choice: TransportChoice | null): void {
    this.told.push(`transport ${peerId} ${choice ?? 'default'}`);
  }
  setLegacy(peerId: PeerId, allowed: boolean): void {
    this.told.push(`legacy ${peerId} ${allowed ? 'allowed' : 'denied'}`);
  }
  setSpeaksGatehouse(peerId: PeerId): void {
    this.told.push(`speaks ${peerId}`);
  }

  /** A peer shows up, or changes. */
  shows(peerId: PeerId, patch: Partial<NetworkPeer> = {}): void {
    const peer: NetworkPeer = {
      peerId,
      foundBy: 'mdns',
      firstSeen: 1,
      lastSeen: 2,
      state: 'connected',
      nextDialAt: null,
      dialError: null,
      links: [],
      pathNote: null,
      isRelay: null,
      addresses: ['/ip4/192.0.2.7/tcp/4001'],
      software: null,
      speaksGatehouse: null,
      transportChoice: null,
      transports: [],
      fallback: null,
      legacy: 'unknown',
      dawnAgents: null,
      ...patch,
    };
    this.known.set(peerId, peer);
    this.emit('peer', peer);
  }
}

export class FakeAgents extends EventEmitter<AgentsEvents> implements Agents {
  readonly views = new Map<AgentName, AgentView>();
  start = unused;
  stop = unused;
  setStopped = unused;
  add = unused;
  edit = unused;
  remove = unused;
  confirm = unused;
  startAgent = unused;
  stopAgent = unused;
  restartAgent = unused;
  sourceDigest = unused;
  logs = unused;
  tools = unused;
  definition = unused;
  bodies = unused;
  left = unused;
  description = unused;
  request = unused;
  list = (): AgentView[] => [...this.views.values()];
  has = (name: AgentName): boolean => this.views.has(name);

  /** An agent is new, or changes. */
  shows(patch: Partial<AgentView> = {}): AgentView {
    const view: AgentView = {
      name: AgentName.parse('echo'),
      description: 'Says it again.',
      tags: [],
      source: { kind: 'stdio', command: 'echo', args: [], env: {}, cwd: null },
      commandLine: 'echo',
      sourceDigest: '0'.repeat(64),
      autostart: true,
      announced: false,
      bodies: null,
      state: 'running',
      detail: null,
      since: 0,
      nextStartAt: null,
      pid: 1,
      cpuPercent: null,
      memoryBytes: null,
      restarts: 0,
      server: { name: 'echo', version: '1.0.0', protocol: '2025-11-25' },
      tools: [],
      callsRunning: 0,
      ...patch,
    };
    this.views.set(view.name, view);
    this.emit('agent', view.name, view);
    return view;
  }
}

/** Counts what is written; a full one refuses it. */
export class FakePeerStore implements PeerStore {
  readonly kept = new Map<PeerId, StoredPeer>();
  writes = 0;
  isFull = false;
  constructor(...peers: StoredPeer[]) {
    for (const peer of peers) this.kept.set(peer.peerId, peer);
  }
  list = (): StoredPeer[] => [...this.kept.values()];
  put(peer: StoredPeer): void {
    if (this.isFull) throw new RecordsError('DISK', 'The disk is full.');
    this.writes += 1;
    this.kept.set(peer.peerId, peer);
  }
  remove(peerId: PeerId): void {
    if (this.isFull) throw new RecordsError('DISK', 'The disk is full.');
    this.kept.delete(peerId);
  }
}

export class FakeGatehouses implements GatehouseStore {
  readonly kept = new Set<PeerId>();
  isFull = false;
  list = (): PeerId[] => [...this.kept];
  has = (peerId: PeerId): boolean => this.kept.has(peerId);
  add(peerId: PeerId): void {
    if (this.isFull) throw new RecordsError('DISK', 'The disk is full.');
    this.kept.add(peerId);
  }
}

export class FakeFacts implements FactStore {
  readonly kept = new Map<string, string>();
  isFull = false;
  get = (key: string): string | null => this.kept.get(key) ?? null;
  set(key: string, value: string | null): void {
    if (this.isFull) throw new RecordsError('CLOSED', 'The records are closed.');
    if (value === null) this.kept.delete(key);
    else this.kept.set(key, value);
  }
}
