import type { AgentName, PeerId } from '../../../../shared/ids.ts';
import { deadline } from '../../deadline.ts';
import { RemoteRefusal } from '../errors.ts';
import type { MessageChannel } from '../index.ts';
import type { LinkConnection } from '../transport.ts';
import type { Greeted } from './mcp-protocol.ts';
import { MovingChannel } from './moving-channel.ts';

/** How long the other side may take to agree to a move. */
const ASK_TIMEOUT_MS = 10_000;

interface Outgoing {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly name: string;
  readonly channel: MovingChannel;
  connection: LinkConnection;
  /** Where it ran before, until all that was said there has been read. */
  before: LinkConnection | null;
  moving: Promise<void> | null;
}

export interface ChannelMovesOptions {
  /** Says hello on a new stream of a link, to go on there with a channel. @throws {NetworkError} {RemoteRefusal} */
  sayHello(
    connection: LinkConnection,
    outgoing: { agent: AgentName; move: string },
    signal: AbortSignal,
  ): Promise<Greeted>;
  /** A channel ended, came to rest, or is on its new link for good. */
  onIdle(): void;
}

/** Takes the channels that we opened to better links. Who opened a channel moves it, so that both sides never do. */
export class ChannelMoves {
  readonly #options: ChannelMovesOptions;
  readonly #outgoing = new Map<PeerId, Set<Outgoing>>();

  constructor(options: ChannelMovesOptions) {
    this.#options = options;
  }

  /** Looks after a channel until it ends. @returns what its owner uses from now on */
  opened(agent: AgentName, connection: LinkConnection, { channel: stream, name }: Greeted): MessageChannel {
    // The other side does not know how to move.
    if (name === null) return stream;
    const { peerId } = stream;
    const all = this.#outgoing.get(peerId) ?? new Set();
    this.#outgoing.set(peerId, all);
    const channel = new MovingChannel(
      stream,
      () => {
        all.delete(outgoing);
        if (all.size === 0) this.#outgoing.delete(peerId);
        this.#options.onIdle();
      },
      () => {
        outgoing.before = null;
        this.#options.onIdle();
      },
    );
    channel.onIdle = this.#options.onIdle;
    const outgoing: Outgoing = { peerId, agent, name, channel, connection, before: null, moving: null };
    all.add(outgoing);
    return channel;
  }

  /** The links on which channels to a peer run. */
  connectionsOf(peerId: PeerId): Set<LinkConnection> {
    return new Set([...(this.#outgoing.get(peerId) ?? [])].map(({ connection }) => connection));
  }

  /** Channels on these links with something under way: a call, or a move. */
  busy(leaves: (connection: LinkConnection) => boolean): number {
    return this.#all().filter(
      ({ channel, connection, before }) =>
        (before !== null && leaves(before)) || (leaves(connection) && channel.busy?.() === true),
    ).length;
  }

  /** Closes the channels on these links, once what was given to them has been sent. */
  async close(leaves: (connection: LinkConnection) => boolean): Promise<void> {
    const on = this.#all().filter(({ connection }) => leaves(connection));
    await Promise.all(on.map(({ channel }) => channel.close()));
  }

  /** Nothing new begins on the channels of these links; they are closed once nothing is under way. */
  retire(leaves: (connection: LinkConnection) => boolean): void {
    for (const { channel, connection } of this.#all()) {
      if (!leaves(connection)) continue;
      channel.retiring = true;
      if (channel.busy?.() !== true) void channel.close();
    }
  }

  /**
   * Moves all channels to a peer over to one link; those that run there already stay. Resolves when each has moved or
   * could not: such a one stays where it is and may be moved later.
   */
  async moveTo(peerId: PeerId, connection: LinkConnection): Promise<void> {
    const elsewhere = [...(this.#outgoing.get(peerId) ?? [])].filter((one) => one.connection !== connection);
    await Promise.all(
      elsewhere.map(async (one) => {
        if (one.channel.movable) one.moving = this.#move(one, connection).finally(() => (one.moving = null));
        await one.moving;
      }),
    );
  }

  #all(): Outgoing[] {
    return [...this.#outgoing.values()].flatMap((all) => [...all]);
  }

  async #move(outgoing: Outgoing, connection: LinkConnection): Promise<void> {
    const { agent, name, channel } = outgoing;
    const limit = deadline(ASK_TIMEOUT_MS);
    channel.ask();
    try {
      const { channel: next } = await this.#options.sayHello(connection, { agent, move: name }, limit.signal);
      outgoing.before = outgoing.connection;
      outgoing.connection = connection;
      channel.goOn(next);
    } catch (error) {
      // The better link may have been lost again, or the other side may have forgotten the channel.
      channel.stay(error instanceof RemoteRefusal);
    } finally {
      limit.release();
    }
  }
}
