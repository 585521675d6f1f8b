import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2';
import type { Connection, ConnectionGater, IdentifyResult, Libp2p, StreamHandler } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { RelayUse, RelayView } from '../../../../shared/reachability.ts';
import { HELLO_TIMEOUT_MS, RELAY_PROTOCOL } from '../../../../shared/wire.ts';
import type { Answer } from '../links/admitted-streams.ts';
import { deadline } from '../../deadline.ts';
import type { NetworkOptions } from '../index.ts';
import { sourceOf } from '../ip-address.ts';
import { MAX_RELAY_QUESTIONS } from '../limits.ts';
import type { ListenNotice } from '../node/listening.ts';
import type { NodeOptions, NodeParts } from '../node/node.ts';
import type { Link, PeerTable } from '../links/peer-table.ts';
import { RelayClient } from './relay-client.ts';
import { answerRelay, askRelay } from './relay-protocol.ts';
import { RelayServer } from './relay-server.ts';
import { ipOf } from '../remote-ip.ts';
import type { UdpAddress } from './stun-message.ts';
import type { LinkConnection } from '../transport.ts';
import { StunServers } from './stun-servers.ts';

export interface RelayingModules {
  readonly peers: PeerTable;
  isContact(peerId: PeerId): boolean;
  /** A contact, or a peer of the bootstrap list: its relay is preferred to that of others. */
  isKept(peerId: PeerId): boolean;
  notify(notice: ListenNotice): void;
  /** Everything is stopped. */
  frozen(): boolean;
  /** `relays` has something new. */
  changed(): void;
}

/** All that has to do with relays: those that this host uses, their STUN servers, and its own service as one. */
export class Relaying {
  readonly #options: NetworkOptions;
  readonly #modules: RelayingModules;
  readonly #client: RelayClient;
  readonly #server: RelayServer | null;
  readonly #stun = new StunServers();

  constructor(options: NetworkOptions, modules: RelayingModules) {
    this.#options = options;
    this.#modules = modules;
    this.#client = new RelayClient({
      candidates: () => this.#candidates(),
      isKept: (peerId) => modules.isKept(peerId),
      changed: () => modules.changed(),
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
    });
    const { relayServer } = options;
    this.#server =
      relayServer === undefined
        ? null
        : new RelayServer(relayServer, { ...modules, sourceOf: (peerId) => this.#sourceOf(peerId) });
    this.#stun.set(options.stun ?? []);
  }

  /** For `createNode`. */
  parts(): Pick<NodeOptions, 'circuits' | 'relayServer'> {
    const server = this.#server;
    return {
      circuits: (components) => this.#client.transport(components),
      relayServer: server === null ? null : (components) => server.service(components),
    };
  }

  /** True means no. A circuit is taken from relays only that we have asked for one. */
  gater(): Pick<
    ConnectionGater,
    'denyInboundRelayReservation' | 'denyOutboundRelayedConnection' | 'denyInboundRelayedConnection'
  > {
    return {
      ...this.#server?.gater(),
      denyInboundRelayedConnection: (relay) => !this.#client.holds(relay),
    };
  }

  /** Once the node runs and listens. */
  async start(node: Libp2p, parts: NodeParts, admitted: (answer: Answer) => StreamHandler): Promise<void> {
    this.#client.start(parts.transportManager);
    const server = this.#server;
    if (server !== null) {
      node.addEventListener('peer:disconnect', ({ detail }) => server.disconnected(detail));
      await server.start(parts);
      await node.handle(
        RELAY_PROTOCOL,
        admitted(async (stream) =>
          answerRelay(stream, { stun: [...server.stunPorts], limits: server.limits }, HELLO_TIMEOUT_MS),
        ),
        { maxInboundStreams: MAX_RELAY_QUESTIONS, maxOutboundStreams: MAX_RELAY_QUESTIONS },
      );
    }
    await this.set(this.#options.relays ?? false);
  }

  async stop(): Promise<void> {
    this.#client.stop();
    await this.#server?.stop();
  }

  /** A host that is a relay itself is public, and needs none. */
  async set(enabled: boolean): Promise<void> {
    await this.#client.set(enabled && this.#server === null);
  }

  setStun(servers: readonly string[]): void {
    this.#stun.set(servers);
  }

  /** The STUN servers of linked relays first, then those that were named; at most 16. */
  stunServers(): UdpAddress[] {
    return this.#stun.list();
  }

  relays(): RelayUse[] {
    return this.#client.relays();
  }

  view(): RelayView | null {
    return this.#server?.view() ?? null;
  }

  /** Whether circuits to us come by way of it now. */
  isReserved(peerId: PeerId): boolean {
    return this.relays().some((relay) => relay.peerId === peerId && relay.state === 'reserved');
  }

  /** A peer has told what it speaks. Anybody may say that he is a relay: it counts of those only that were chosen. */
  identified(peerId: PeerId, { connection, protocols }: IdentifyResult): void {
    const isRelay = protocols.includes(RELAY_V2_HOP_CODEC);
    const peer = this.#modules.peers.get(peerId);
    if (peer !== undefined) peer.isRelay = isRelay;
    if (connection.limits !== undefined || !this.#isChosen(peerId)) return;
    if (protocols.includes(RELAY_PROTOCOL)) void this.#askStun(connection);
    if (isRelay) this.#client.linked(peerId);
  }

  /** Somebody was chosen, who may be linked and a relay. */
  look(): void {
    for (const { link } of this.#chosenRelays()) void this.#askStun(link.connection);
    this.#client.look();
  }

  closed(connection: Connection): void {
    this.#stun.closed(connection);
  }

  async #askStun(connection: LinkConnection): Promise<void> {
    if (!this.#stun.isNew(connection)) return;
    const limit = deadline(HELLO_TIMEOUT_MS);
    try {
      const stream = await connection.newStream([RELAY_PROTOCOL], { signal: limit.signal });
      const { stun } = await askRelay(stream, limit.signal);
      this.#stun.offered(connection, stun);
      this.#modules.changed();
    } catch {
      // It is one relay's STUN server less; the link itself is looked after elsewhere.
    } finally {
      limit.release();
    }
  }

  #chosenRelays(): { peerId: PeerId; link: Link }[] {
    return this.#modules.peers.linked().flatMap(({ peerId, isRelay, links }) => {
      if (isRelay !== true || !this.#isChosen(peerId)) return [];
      const link = links.find(
        ({ connection }) => connection.status === 'open' && !connection.limits && !connection.kind,
      );
      return link === undefined ? [] : [{ peerId, link }];
    });
  }

  #isChosen(peerId: PeerId): boolean {
    return this.#modules.isKept(peerId) || this.#modules.peers.get(peerId)?.chosen === true;
  }

  #sourceOf(peerId: PeerId): string | null {
    const links = this.#modules.peers.get(peerId)?.links ?? [];
    const ip = links.map(({ connection }) => ipOf(connection)).find((one) => one !== null);
    return ip === undefined ? null : sourceOf(ip);
  }

  /** Contacts and bootstrap peers first, then the nearest. */
  #candidates(): PeerId[] {
    const direct = this.#chosenRelays().map(({ peerId, link }) => ({
      peerId,
      rttMs: link.rttMs ?? Infinity,
    }));
    const rank = (peerId: PeerId): number => Number(!this.#modules.isKept(peerId));
    return direct
      .toSorted((a, b) => rank(a.peerId) - rank(b.peerId) || (a.rttMs < b.rttMs ? -1 : 1))
      .map(({ peerId }) => peerId);
  }
}
