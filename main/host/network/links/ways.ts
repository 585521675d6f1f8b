import type { Connection } from '@libp2p/interface';
import type { Way } from '../../../../shared/compare.ts';
import type { AgentName, PeerId } from '../../../../shared/ids.ts';
import { isWebSocketAddress, type TransportName } from '../../../../shared/transports.ts';
import { announceApart, openEcho, showApart } from '../channels/echo-protocol.ts';
import type { McpChannels } from '../channels/mcp-channels.ts';
import type { WayDials } from '../dialling/way-dials.ts';
import { NetworkError } from '../errors.ts';
import type { MessageChannel, OpenWay } from '../index.ts';
import type { LinkConnection, Transport } from '../transport.ts';
import type { ApartConnections } from './apart-connections.ts';
import { closeOrAbort } from './links.ts';
import { routeOf } from './path.ts';
import type { PeerTable } from './peer-table.ts';

type WebSocketWay = Extract<Way, 'websocket' | 'legacy'>;

export interface WaysParts {
  readonly apart: ApartConnections;
  readonly peers: Pick<PeerTable, 'get'>;
  readonly channels: Pick<McpChannels, 'openApart'>;
  /** Null while it is switched off. */
  readonly libp2p: () => WayDials | null;
  readonly webSocket: () => Pick<Transport, 'dial'> | null;
  /** Whether a peer may be linked over a transport. */
  readonly admits: (peerId: PeerId, transport: TransportName) => boolean;
  /** The best link to a peer, which is made where there is none. @throws {NetworkError} */
  readonly linkTo: (peerId: PeerId, signal: AbortSignal) => Promise<LinkConnection>;
  /** A Dawn node, as far as is known: answers without encryption are allowed, or it is linked as one. */
  readonly isLegacy: (peerId: PeerId) => boolean;
}

/** Connections of their own for comparing ways to a peer. The other side is told of each, and keeps it apart as well. */
export class Ways {
  readonly #parts: WaysParts;

  constructor(parts: WaysParts) {
    this.#parts = parts;
  }

  /** @throws {NetworkError} with a sentence that says why this way cannot be had */
  async open(peerId: PeerId, way: Way, signal: AbortSignal): Promise<OpenWay> {
    this.#mustBeAdmitted(peerId, way);
    const connection = await this.#connect(peerId, way, signal);
    return new SeparateWay(way, connection, peerId, this.#parts.channels);
  }

  #mustBeAdmitted(peerId: PeerId, way: Way): void {
    const transport: TransportName = way === 'websocket' || way === 'legacy' ? 'websocket' : 'libp2p';
    const isOff = transport === 'libp2p' ? this.#parts.libp2p() === null : this.#parts.webSocket() === null;
    const name = transport === 'libp2p' ? 'libp2p' : 'WebSocket';
    if (isOff) throw new NetworkError('UNREACHABLE', `${name} is switched off here.`);
    if (!this.#parts.admits(peerId, transport)) {
      const text = `${name} is not used for this peer, or the peer is blocked or disconnected here.`;
      throw new NetworkError('UNREACHABLE', text);
    }
    if (way === 'legacy' && !this.#parts.isLegacy(peerId)) {
      const text = 'This peer is not one whose answers may come without encryption.';
      throw new NetworkError('UNREACHABLE', text);
    }
  }

  async #connect(peerId: PeerId, way: Way, signal: AbortSignal): Promise<LinkConnection> {
    if (way === 'legacy') return await this.#byWebSocket(peerId, way, signal);
    const link = await this.#parts.linkTo(peerId, signal);
    if (link.dawn !== undefined) {
      throw new NetworkError(
        'UNREACHABLE',
        'This peer is linked as a Dawn node, which has the legacy way only.',
      );
    }
    if (way === 'websocket') {
      return await this.#shown(link, () => this.#byWebSocket(peerId, way, signal), signal);
    }
    const dials = this.#parts.libp2p();
    if (dials === null) throw new NetworkError('UNREACHABLE', 'libp2p is switched off here.');
    if (way === 'webrtc') return await this.#punched(peerId, link, dials, signal);
    const dial = (): Promise<Connection> =>
      way === 'relay' ? dials.circuit(peerId, signal) : dials.direct(peerId, way, signal);
    return await this.#shown(link, () => this.#parts.apart.make(peerId, way, dial), signal);
  }

  async #byWebSocket(peerId: PeerId, way: WebSocketWay, signal: AbortSignal): Promise<LinkConnection> {
    const transport = this.#parts.webSocket();
    const addresses = (this.#parts.peers.get(peerId)?.addresses ?? []).filter(isWebSocketAddress);
    if (transport === null || addresses.length === 0) {
      throw new NetworkError('UNREACHABLE', 'No WebSocket address of this peer is known.');
    }
    const target = { peerId, addresses, another: true };
    const connection = await this.#parts.apart.make(peerId, way, () => transport.dial(target, { signal }));
    // What turned out to be of the other kind was taken for a link, and is one.
    if ((connection.dawn === undefined) === (way === 'websocket')) return connection;
    const text =
      way === 'legacy'
        ? 'This peer answers encrypted; it has no legacy way.'
        : 'This peer answers as a Dawn node does.';
    throw new NetworkError('UNREACHABLE', text);
  }

  /** A hole is punched over a circuit of its own, which has done its work then. */
  async #punched(
    peerId: PeerId,
    link: LinkConnection,
    dials: WayDials,
    signal: AbortSignal,
  ): Promise<LinkConnection> {
    const { apart } = this.#parts;
    const toCircuit = (): Promise<Connection> => dials.circuit(peerId, signal);
    const circuit = await this.#shown(link, () => apart.make(peerId, 'relay', toCircuit), signal);
    try {
      const punch = (): Promise<Connection> => dials.punch(circuit, signal);
      return await this.#shown(link, () => apart.make(peerId, 'webrtc', punch), signal);
    } finally {
      void closeOrAbort(circuit, done());
    }
  }

  /** The other side is told over the link that there is, before it could take the new connection for another. */
  async #shown<Made extends LinkConnection>(
    link: LinkConnection,
    make: () => Promise<Made>,
    signal: AbortSignal,
  ): Promise<Made> {
    const secret = this.#parts.apart.newSecret();
    await announceApart(link, secret, signal);
    const connection = await make();
    try {
      await showApart(connection, secret, signal);
      return connection;
    } catch (error) {
      await closeOrAbort(connection, done());
      throw error;
    }
  }
}

class SeparateWay implements OpenWay {
  readonly way: Way;
  readonly address: string;
  readonly #connection: LinkConnection;
  readonly #peerId: PeerId;
  readonly #channels: Pick<McpChannels, 'openApart'>;
  #closing: Promise<void> | null = null;

  constructor(
    way: Way,
    connection: LinkConnection,
    peerId: PeerId,
    channels: Pick<McpChannels, 'openApart'>,
  ) {
    this.way = way;
    // Who is there is known.
    this.address = routeOf(connection).address.replace(/\/p2p\/[^/]+$/, '');
    this.#connection = connection;
    this.#peerId = peerId;
    this.#channels = channels;
  }

  async openMcp(agent: AgentName, { signal }: { signal: AbortSignal }): Promise<MessageChannel> {
    const { dawn } = this.#connection;
    return dawn === undefined
      ? await this.#channels.openApart(this.#connection, agent, signal)
      : dawn.open(agent);
  }

  async openEcho({ signal }: { signal: AbortSignal }): Promise<MessageChannel> {
    const { dawn } = this.#connection;
    return dawn === undefined ? await openEcho(this.#connection, this.#peerId, signal) : dawn.openEcho();
  }

  close(): Promise<void> {
    this.#closing ??= closeOrAbort(this.#connection, done());
    return this.#closing;
  }
}

const done = (): NetworkError => new NetworkError('LINK_LOST', 'The comparison is over.');
