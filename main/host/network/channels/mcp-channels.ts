import type { Stream } from '@libp2p/interface';
import { RpcCode, rpcError } from '../../../../shared/errors.ts';
import type { AgentName, PeerId } from '../../../../shared/ids.ts';
import { HELLO_TIMEOUT_MS, MCP_PROTOCOL, type McpHello } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { idOf } from '../addresses.ts';
import { NetworkError } from '../errors.ts';
import type { MessageChannel, NetworkHandlers } from '../index.ts';
import { DIAL_TIMEOUT_MS } from '../limits.ts';
import type { Links } from '../links/links.ts';
import { routeOf } from '../links/path.ts';
import type { LinkConnection } from '../transport.ts';
import { CircuitRenewal } from '../relays/circuit-renewal.ts';
import { ChannelMoves } from './channel-moves.ts';
import { InboundStreams } from './inbound-streams.ts';
import { answerHello, refuse, sayHello } from './mcp-protocol.ts';
import type { Greeted } from './mcp-protocol.ts';
import type { ChannelOptions } from './message-channel.ts';
import { OpenChannels } from './open-channels.ts';
import { openStream } from './open-stream.ts';

export interface McpChannelsParts {
  readonly links: Links;
  readonly handlers: Pick<NetworkHandlers, 'mcp'>;
  /** How long a peer may take for its hello, in ms. */
  readonly helloTimeoutMs: number | undefined;
  /** Opens another link to a peer along the same way as one that there is. */
  dialAgain(peerId: PeerId, connection: LinkConnection, signal: AbortSignal): Promise<void>;
  /** Told once of a peer that opens too many streams. */
  onGreed(peerId: PeerId): void;
}

/** The channels to agents, both ways: opened, bounded, and taken along when the link under them gets better or ends. */
export class McpChannels {
  readonly #parts: McpChannelsParts;
  /** Opened by peers, and by us. */
  readonly #openChannels = new OpenChannels(() => this.#tellIdle());
  readonly #moves = new ChannelMoves({
    openStream: (connection, signal) => openStream(connection, MCP_PROTOCOL, signal),
    sayHello: (stream, connection, hello, signal) => this.#greet(stream, connection, hello, signal),
    again: (peerId) => void this.moveToBest(peerId),
    onIdle: () => this.#tellIdle(),
  });
  readonly #renewal = new CircuitRenewal<LinkConnection>({
    fading: (connection) => this.#parts.links.fade(connection),
    replace: (connection) => this.#replaceCircuit(connection),
  });
  readonly #inbound: InboundStreams;
  readonly #idleListeners = new Set<() => void>();

  constructor(parts: McpChannelsParts) {
    this.#parts = parts;
    this.#inbound = new InboundStreams((peerId) => parts.onGreed(peerId));
  }

  stop(): void {
    this.#renewal.stop();
    this.#moves.stop();
  }

  linked(connection: LinkConnection): void {
    this.#renewal.watch(connection);
  }

  lost(connection: LinkConnection): void {
    this.#renewal.forget(connection);
  }

  /**
   * Opens a channel over a link to its peer. Where that is lost before the other side has answered, nothing was asked of
   * the agent: another link is as good. @throws {NetworkError} {RemoteRefusal}
   */
  async open(
    peerId: PeerId,
    first: LinkConnection,
    agent: AgentName,
    signal: AbortSignal,
  ): Promise<MessageChannel> {
    const tried = new Set<LinkConnection>();
    let connection = first;
    for (;;) {
      try {
        return await this.#open(peerId, connection, agent, signal);
      } catch (error) {
        tried.add(connection);
        const other = this.#parts.links.best(peerId)?.connection;
        const isLost = connection.status !== 'open' || isLinkLost(error);
        if (!isLost || other === undefined || other.dawn !== undefined || tried.has(other)) throw error;
        connection = other;
      }
    }
  }

  async #open(
    peerId: PeerId,
    connection: LinkConnection,
    agent: AgentName,
    signal: AbortSignal,
  ): Promise<MessageChannel> {
    const channel = this.#moves.opened(agent, connection, await this.#begin(connection, agent, signal));
    // A better link may have come up meanwhile.
    void this.moveToBest(peerId);
    return channel;
  }

  /** Opens a channel that stays on its connection, which is no link. @throws {NetworkError} {RemoteRefusal} */
  async openApart(
    connection: LinkConnection,
    agent: AgentName,
    signal: AbortSignal,
  ): Promise<MessageChannel> {
    return (await this.#begin(connection, agent, signal)).channel;
  }

  /** Takes what we opened to a peer along to its best link. Resolves when all has moved that can. */
  async moveToBest(peerId: PeerId): Promise<void> {
    const best = this.#parts.links.best(peerId);
    if (best !== undefined && best.connection.dawn === undefined)
      await this.#moves.moveTo(peerId, best.connection);
  }

  /** Channels on these links with something under way: a call, or a move. */
  busy(leaves: (connection: LinkConnection) => boolean): number {
    return this.#moves.busy(leaves) + this.#openChannels.busy(leaves);
  }

  /** Nothing new of ours begins on these links. */
  retire(leaves: (connection: LinkConnection) => boolean): void {
    this.#moves.retire(leaves);
  }

  /** Closes the channels on these links, once what was given to them has been sent. */
  async close(leaves: (connection: LinkConnection) => boolean): Promise<void> {
    await Promise.all([this.#moves.close(leaves), this.#openChannels.close(leaves)]);
  }

  /** Told whenever `busy` may have become less. @returns what ends it */
  onIdle(listener: () => void): () => void {
    this.#idleListeners.add(listener);
    return () => this.#idleListeners.delete(listener);
  }

  /** Answers a stream that a peer opened. */
  async answer(stream: Stream, connection: LinkConnection, peerId: PeerId): Promise<void> {
    if (!this.#inbound.admit(peerId, stream)) {
      await refuse(stream, rpcError(RpcCode.busy, 'too-many-calls', 'You have too many streams open here.'));
      return;
    }
    const { handlers, helloTimeoutMs = HELLO_TIMEOUT_MS } = this.#parts;
    const options = this.#channelOptions(peerId, connection);
    await answerHello(stream, options, handlers, this.#openChannels, connection, helloTimeoutMs);
  }

  async #begin(connection: LinkConnection, agent: AgentName, signal: AbortSignal): Promise<Greeted> {
    const stream = await openStream(connection, MCP_PROTOCOL, signal);
    return await this.#greet(stream, connection, { agent }, signal);
  }

  async #greet(
    stream: Stream,
    connection: LinkConnection,
    hello: McpHello,
    signal: AbortSignal,
  ): Promise<Greeted> {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) throw new NetworkError('REFUSED', 'Only Ed25519 peers are called.');
    return await sayHello(stream, hello, this.#channelOptions(peerId, connection), signal);
  }

  /** Opens a second circuit beside one that is nearly used up; the channels move by themselves then. */
  async #replaceCircuit(connection: LinkConnection): Promise<boolean> {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null || this.#parts.links.best(peerId)?.connection !== connection) return false;
    // Otherwise nothing of ours runs on it, and the other side sees to it.
    const isOurs = connection.direction === 'outbound' || this.#moves.connectionsOf(peerId).has(connection);
    if (!isOurs) return false;
    const limit = deadline(DIAL_TIMEOUT_MS);
    try {
      await this.#parts.dialAgain(peerId, connection, limit.signal);
      return true;
    } finally {
      limit.release();
    }
  }

  #tellIdle(): void {
    // After this turn: whoever tells of it may be about to begin something else.
    if (this.#idleListeners.size > 0)
      queueMicrotask(() => {
        for (const listener of [...this.#idleListeners]) listener();
      });
  }

  #channelOptions(peerId: PeerId, connection: LinkConnection): ChannelOptions {
    const { path, transport } = routeOf(connection);
    return {
      route: { peerId, path, transport },
      budget: this.#inbound.budgetOf(peerId),
      linkOpen: () => connection.status === 'open',
    };
  }
}

const isLinkLost = (error: unknown): boolean => error instanceof NetworkError && error.code === 'LINK_LOST';
