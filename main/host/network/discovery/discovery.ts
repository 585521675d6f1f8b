import type {
  Connection,
  IdentifyResult,
  Libp2p,
  PeerId as Libp2pPeerId,
  Stream,
  StreamHandler,
} from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { Capability } from '../../../../shared/registry.ts';
import { ANNOUNCEMENTS_PROTOCOL, HELLO_TIMEOUT_MS } from '../../../../shared/wire.ts';
import { PeerRate } from '../../peer-rate.ts';
import { idOf } from '../addresses.ts';
import type { Answer } from '../links/admitted-streams.ts';
import { answerAnnouncements } from './announcements-protocol.ts';
import { CatchingUp } from './catching-up.ts';
import { lookUp } from './distributed-table.ts';
import type { MayDial } from './distributed-table.ts';
import { GapWatch } from './gap-watch.ts';
import { mayDialFound, nearnessOf } from '../dialling/found-addresses.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import type { Gossip } from './gossip.ts';
import type { NetworkHandlers } from '../index.ts';
import type { LinkConnection } from '../transport.ts';
import type { CreatedNode } from '../node/node.ts';
import type { PeerTable } from '../links/peer-table.ts';
import { Provided } from './provided.ts';

/** How often a peer is told anything at all, and how often all of it, which may be two megabytes. */
const MAX_SHORT_ANSWERS = 40;
const MAX_ANSWERS = 6;
const ANSWERS_WINDOW_MS = 60_000;
const MAX_ASKERS = 1200;
/** News that one peer brought and others are told of. What is beyond that they hear within ten minutes. */
const MAX_PASSED_ON = 64;

export interface DiscoveryParts {
  readonly created: CreatedNode;
  /** Whether the distributed tables are used from the start. */
  readonly dht: boolean;
  readonly gatekeeper: Gatekeeper;
  readonly peers: PeerTable;
  readonly handlers: Pick<NetworkHandlers, 'announcement' | 'announcements'>;
  readonly admitted: (answer: Answer) => StreamHandler;
  readonly openStream: (connection: LinkConnection, protocol: string, signal: AbortSignal) => Promise<Stream>;
}

/** How agents are found: gossip, catching up with what was said before, and the distributed tables. */
export class Discovery {
  readonly #parts: DiscoveryParts;
  readonly #node: Libp2p;
  /** Null where the network was made without it. */
  readonly #gossip: Gossip | null;
  readonly #provided: Provided | null;
  readonly #catchingUp: CatchingUp;
  readonly #gaps: GapWatch<Connection>;
  /** Who can be asked what was announced: those that are linked, and say so. */
  readonly #tellers = new Map<PeerId, Libp2pPeerId>();
  readonly #asked = new PeerRate({
    most: MAX_SHORT_ANSWERS,
    windowMs: ANSWERS_WINDOW_MS,
    maxPeers: MAX_ASKERS,
  });
  readonly #answered = new PeerRate({
    most: MAX_ANSWERS,
    windowMs: ANSWERS_WINDOW_MS,
    maxPeers: MAX_ASKERS,
  });

  constructor(parts: DiscoveryParts) {
    const { node, tables, gossip } = parts.created;
    this.#parts = parts;
    this.#node = node;
    this.#gossip =
      gossip?.attach(node, {
        announcement: (text, from) => {
          const verdict = parts.handlers.announcement(text, from);
          if (verdict === 'accept') this.#gaps.news();
          return verdict;
        },
      }) ?? null;
    this.#catchingUp = new CatchingUp({
      handlers: parts.handlers,
      openStream: parts.openStream,
      held: () => parts.handlers.announcements(),
      onNews: (news, from) => this.#passOn(news, from),
    });
    this.#gaps = new GapWatch({
      neighbours: () => (this.#gossip?.enabled === true ? this.#neighbours() : []),
      compare: (connection) => this.#catchingUp.compare(connection),
      known: () => parts.handlers.announcements().length,
    });
    this.#provided = tables.length === 0 ? null : new Provided(node, tables, parts.dht, this.#mayDial);
  }

  /** Before the node starts. */
  async register(): Promise<void> {
    this.#node.addEventListener('peer:identify', ({ detail }) => this.#identified(detail));
    this.#node.addEventListener('peer:disconnect', ({ detail }) => this.#left(detail));
    if (this.#gossip === null) return;
    const limits = { maxInboundStreams: 2, maxOutboundStreams: 2 };
    await this.#node.handle(
      ANNOUNCEMENTS_PROTOCOL,
      this.#parts.admitted((stream, _, peerId) => this.#answer(stream, peerId)),
      limits,
    );
  }

  /** Once the node runs. */
  start(gossip: boolean): void {
    this.#gossip?.set(gossip);
  }

  async stop(): Promise<void> {
    this.#catchingUp.stop();
    this.#gaps.stop();
    await Promise.all([this.#gossip?.stop(), this.#provided?.stop()]);
  }

  setGossip(enabled: boolean): void {
    this.#gossip?.set(enabled);
    this.#catchingUp.again();
    if (!enabled) return;
    // What was said meanwhile was heard by nobody; ours comes first.
    for (const text of this.#parts.handlers.announcements().slice(0, MAX_PASSED_ON)) this.publish(text);
    for (const connection of this.#node.getConnections()) this.#catchUpWith(connection);
  }

  #identified({ peerId, connection, protocols }: IdentifyResult): void {
    this.#provided?.linked(protocols);
    const id = idOf(peerId);
    if (id === null || !protocols.includes(ANNOUNCEMENTS_PROTOCOL)) return;
    this.#tellers.set(id, peerId);
    this.#catchUpWith(connection);
    this.#gaps.news();
  }

  /** The last link to a peer is gone. */
  #left(peer: Libp2pPeerId): void {
    const peerId = idOf(peer);
    if (peerId === null) return;
    this.#tellers.delete(peerId);
    this.#catchingUp.left(peerId);
  }

  publish(announcement: string): void {
    this.#gossip?.publish(announcement);
    this.#gaps.news();
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
    // Those that are linked are asked first: they answer at once, and nobody has to be dialled.
    let found = await provided.find(capability, signal);
    if (found.length === 0) found = await gatekeeper.lookingUp(() => provided.find(capability, signal));
    const admitted = found.filter(({ peerId }) => !gatekeeper.blocked.has(peerId));
    for (const { peerId, addresses } of admitted) {
      const peer = peers.get(peerId) ?? peers.see(peerId, 'dht');
      peer.foundAt = addresses;
    }
    return admitted.map(({ peerId }) => peerId);
  }

  /** Where others say that a peer is, as far as it may be dialled there. Never rejects. */
  async whereIs(peerId: PeerId, signal: AbortSignal): Promise<string[]> {
    const { gatekeeper, created } = this.#parts;
    const sources = { node: this.#node, tables: created.tables, mayDial: this.#mayDial };
    return await gatekeeper.lookingUp(() => lookUp(sources, peerId, signal));
  }

  /** What a peer says of our own network counts only if it is in it. */
  readonly #mayDial: MayDial = (address, toldBy) => {
    const peerId = idOf(toldBy);
    const links = (peerId === null ? undefined : this.#parts.peers.get(peerId)?.links) ?? [];
    return mayDialFound(address, nearnessOf(links.map(({ connection }) => connection)));
  };

  #catchUpWith(connection: Connection): void {
    if (this.#gossip?.enabled === true) this.#catchingUp.ask(connection);
  }

  /** A link to each of those who can be asked. */
  #neighbours(): Connection[] {
    return [...this.#tellers.values()].flatMap((peer) =>
      this.#node
        .getConnections(peer)
        .filter(({ status, limits }) => status === 'open' && limits === undefined)
        .slice(0, 1),
    );
  }

  #passOn(news: readonly string[], from: PeerId): void {
    if (this.#gossip?.hasListenersBeside(from) !== true) return;
    for (const text of news.slice(0, MAX_PASSED_ON)) this.#gossip.publish(text);
  }

  async #answer(stream: Stream, peerId: PeerId): Promise<void> {
    const now = performance.now();
    if (this.#gossip?.enabled !== true || !this.#asked.admit(peerId, now)) {
      stream.abort(new Error('Not answered.'));
      return;
    }
    await answerAnnouncements(stream, this.#parts.handlers, HELLO_TIMEOUT_MS, () =>
      this.#answered.admit(peerId, now),
    );
  }
}
