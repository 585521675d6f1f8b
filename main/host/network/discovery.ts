import type { Connection, IdentifyResult, Libp2p, PeerId as Libp2pPeerId, Stream } from '@libp2p/interface';
import type { PeerId } from '../../../shared/ids.ts';
import type { Capability } from '../../../shared/registry.ts';
import { ANNOUNCEMENTS_PROTOCOL, HELLO_TIMEOUT_MS } from '../../../shared/wire.ts';
import { deadline } from '../deadline.ts';
import { idOf } from './addresses.ts';
import { answerAnnouncements, askForAnnouncements } from './announcements-protocol.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import type { Gossip } from './gossip.ts';
import type { NetworkHandlers } from './index.ts';
import type { CreatedNode } from './node.ts';
import type { PeerTable } from './peer-table.ts';
import { Provided } from './provided.ts';

/** Peers that are asked at one time for what was announced before. */
const MAX_PARALLEL_CATCH_UPS = 4;
/** Peers that wait for their turn; those beyond are not asked. */
const MAX_WAITING = 300;
/** How often a peer is told all of it, which may be two megabytes. */
const MAX_ANSWERS = 6;
const ANSWERS_WINDOW_MS = 60_000;
/** News that one peer brought and others are told of. What is beyond that they hear within ten minutes. */
const MAX_PASSED_ON = 64;

export interface DiscoveryParts {
  readonly created: CreatedNode;
  /** Whether the distributed tables are used from the start. */
  readonly dht: boolean;
  readonly gatekeeper: Gatekeeper;
  readonly peers: PeerTable;
  readonly handlers: Pick<NetworkHandlers, 'announcement' | 'announcements'>;
  readonly openStream: (connection: Connection, protocol: string, signal: AbortSignal) => Promise<Stream>;
}

/** How agents are found: gossip, catching up with what was said before, and the distributed tables. */
export class Discovery {
  readonly #parts: DiscoveryParts;
  readonly #node: Libp2p;
  /** Null where the network was made without it. */
  readonly #gossip: Gossip | null;
  readonly #provided: Provided | null;
  /** Asked since they were linked. */
  readonly #asked = new Set<PeerId>();
  readonly #answered = new Map<PeerId, { since: number; count: number }>();
  readonly #waiting: Connection[] = [];
  readonly #stopping = new AbortController();
  #asking = 0;

  constructor(parts: DiscoveryParts) {
    const { node, tables, gossip } = parts.created;
    this.#parts = parts;
    this.#node = node;
    this.#gossip = gossip?.attach(node, parts.handlers) ?? null;
    this.#provided = tables.length === 0 ? null : new Provided(node, tables, parts.dht);
  }

  /** Before the node starts. */
  async register(): Promise<void> {
    this.#node.addEventListener('peer:identify', ({ detail }) => this.#identified(detail));
    this.#node.addEventListener('peer:disconnect', ({ detail }) => this.#left(detail));
    if (this.#gossip === null) return;
    const limits = { maxInboundStreams: 2, maxOutboundStreams: 2 };
    await this.#node.handle(ANNOUNCEMENTS_PROTOCOL, (...opened) => this.#answer(...opened), limits);
  }

  /** Once the node runs. */
  start(gossip: boolean): void {
    this.#gossip?.set(gossip);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The network stops.'));
    this.#waiting.length = 0;
    await Promise.all([this.#gossip?.stop(), this.#provided?.stop()]);
  }

  setGossip(enabled: boolean): void {
    this.#gossip?.set(enabled);
    this.#asked.clear();
    if (!enabled) return;
    // What was said meanwhile was heard by nobody; ours comes first.
    for (const text of this.#parts.handlers.announcements().slice(0, MAX_PASSED_ON)) this.publish(text);
    for (const connection of this.#node.getConnections()) this.#catchUpWith(connection);
  }

  #identified({ peerId, connection, protocols }: IdentifyResult): void {
    this.#provided?.linked(protocols);
    const id = idOf(peerId);
    if (id !== null && protocols.includes(ANNOUNCEMENTS_PROTOCOL)) this.#catchUpWith(connection);
  }

  /** The last link to a peer is gone. */
  #left(peer: Libp2pPeerId): void {
    const peerId = idOf(peer);
    if (peerId === null) return;
    this.#asked.delete(peerId);
    const since = this.#answered.get(peerId)?.since ?? 0;
    if (performance.now() - since > ANSWERS_WINDOW_MS) this.#answered.delete(peerId);
  }

  publish(announcement: string): void {
    this.#gossip?.publish(announcement);
  }

  setDht(enabled: boolean): void {
    this.#provided?.set(enabled);
  }

  provide(capabilities: readonly Capability[]): void {
    this.#provided?.provide(capabilities);
  }

  async providersOf(capability: Capability, signal: AbortSignal): Promise<PeerId[]> {
    const { gatekeeper, peers } = this.#parts;
    const provided = this.#provided;
    if (provided === null || gatekeeper.frozen) return [];
    const found = await gatekeeper.lookingUp(() => provided.find(capability, signal));
    const admitted = found.filter(({ peerId }) => !gatekeeper.blocked.has(peerId));
    for (const { peerId, addresses } of admitted) {
      const peer = peers.get(peerId) ?? peers.see(peerId, 'dht');
      // Theirs come after those that are known to work.
      peers.addAddresses(peer, [...peer.addresses, ...addresses]);
    }
    return admitted.map(({ peerId }) => peerId);
  }

  #catchUpWith(connection: Connection): void {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null || connection.limits !== undefined || this.#gossip?.enabled !== true) return;
    if (this.#asked.has(peerId) || this.#waiting.length >= MAX_WAITING) return;
    this.#asked.add(peerId);
    this.#waiting.push(connection);
    this.#askNext();
  }

  #askNext(): void {
    while (this.#asking < MAX_PARALLEL_CATCH_UPS) {
      const connection = this.#waiting.shift();
      if (connection === undefined) return;
      this.#asking += 1;
      void this.#catchUp(connection).finally(() => {
        this.#asking -= 1;
        this.#askNext();
      });
    }
  }

  async #catchUp(connection: Connection): Promise<void> {
    const from = idOf(connection.remotePeer);
    if (from === null || connection.status !== 'open') return;
    const { handlers } = this.#parts;
    const gossip = this.#gossip;
    const limit = deadline(HELLO_TIMEOUT_MS, this.#stopping.signal);
    try {
      const news: string[] = [];
      const stream = await this.#parts.openStream(connection, ANNOUNCEMENTS_PROTOCOL, limit.signal);
      for (const text of await askForAnnouncements(stream, limit.signal)) {
        const verdict = handlers.announcement(text, from);
        // Whoever passes on what is forged is not listened to further.
        if (verdict === 'reject') break;
        if (verdict === 'accept') news.push(text);
      }
      if (gossip?.hasListenersBeside(from) !== true) return;
      for (const text of news.slice(0, MAX_PASSED_ON)) gossip.publish(text);
    } catch {
      // It does not answer, or not in time; whatever is new comes by gossip all the same.
    } finally {
      limit.release();
    }
  }

  async #answer(stream: Stream, connection: Connection): Promise<void> {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null || this.#gossip?.enabled !== true || !this.#mayAsk(peerId)) {
      stream.abort(new Error('Not answered.'));
      return;
    }
    await answerAnnouncements(stream, this.#parts.handlers, HELLO_TIMEOUT_MS);
  }

  #mayAsk(peerId: PeerId): boolean {
    const now = performance.now();
    let window = this.#answered.get(peerId);
    if (window === undefined || now - window.since > ANSWERS_WINDOW_MS) {
      window = { since: now, count: 0 };
      this.#answered.set(peerId, window);
    }
    window.count += 1;
    if (this.#answered.size > MAX_WAITING * 4) this.#forgetAnswered(now);
    return window.count <= MAX_ANSWERS;
  }

  #forgetAnswered(now: number): void {
    for (const [peerId, { since }] of this.#answered) {
      if (now - since > ANSWERS_WINDOW_MS) this.#answered.delete(peerId);
    }
  }
}
