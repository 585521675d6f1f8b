import type { Stream } from '@libp2p/interface';
import type { AgentName, PeerId } from '../../../../shared/ids.ts';
import type { McpHello } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { RemoteRefusal } from '../errors.ts';
import type { MessageChannel } from '../index.ts';
import type { LinkConnection } from '../transport.ts';
import type { Greeted } from './mcp-protocol.ts';
import { MovingChannel } from './moving-channel.ts';

/** How long the other side may take to agree to a move. */
const ASK_TIMEOUT_MS = 10_000;
/** After a move that failed while both links stood; twice as long after each further one, up to a minute or so. */
const RETRY_MS = 2000;
const MAX_DOUBLINGS = 5;
/** After one that was asked for and not answered: until then the other side may still go. */
const UNANSWERED_MS = 62_000;

interface Outgoing {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly name: string;
  readonly channel: MovingChannel;
  connection: LinkConnection;
  /** Where it ran before, until all that was said there has been read. */
  before: LinkConnection | null;
  moving: Promise<void> | null;
  /** Moves that failed, since the last that did not. */
  failures: number;
  retry: NodeJS.Timeout | null;
}

export interface ChannelMovesOptions {
  /** @throws {NetworkError} */
  openStream(connection: LinkConnection, signal: AbortSignal): Promise<Stream>;
  /** Says hello on a new stream of a link, to go on there with a channel. @throws {NetworkError} {RemoteRefusal} */
  sayHello(
    stream: Stream,
    connection: LinkConnection,
    hello: McpHello,
    signal: AbortSignal,
  ): Promise<Greeted>;
  /** A channel may be moved now that could not be before: another link may have become the best meanwhile. */
  again(peerId: PeerId): void;
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

  stop(): void {
    this.#all().forEach(stopRetrying);
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
        stopRetrying(outgoing);
        if (all.size === 0) this.#outgoing.delete(peerId);
        this.#options.onIdle();
      },
      () => {
        outgoing.before = null;
        this.#options.onIdle();
      },
    );
    channel.onIdle = () => this.#options.onIdle();
    const outgoing: Outgoing = {
      ...{ peerId, agent, name, channel, connection },
      ...{ before: null, moving: null, failures: 0, retry: null },
    };
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
   * could not: such a one stays where it is and is moved later, and one that was moving already as soon as it has arrived.
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
    const { peerId, agent, name, channel } = outgoing;
    const limit = deadline(ASK_TIMEOUT_MS);
    // The other side cannot have agreed to what it has not been asked.
    let isAsked = false;
    channel.ask();
    try {
      const stream = await this.#options.openStream(connection, limit.signal);
      isAsked = true;
      const hello = { agent, move: name };
      const { channel: next } = await this.#options.sayHello(stream, connection, hello, limit.signal);
      outgoing.before = outgoing.connection;
      outgoing.connection = connection;
      outgoing.failures = 0;
      channel.goOn(next);
      // Of a link that became the best while it was on its way, nobody tells again.
      void channel.settled().then(() => this.#options.again(peerId));
    } catch (error) {
      // The better link may have been lost again, or the other side may have forgotten the channel.
      const isCertain = !isAsked || error instanceof RemoteRefusal;
      channel.stay(isCertain);
      this.#retryLater(outgoing, isCertain);
    } finally {
      limit.release();
    }
  }

  #retryLater(outgoing: Outgoing, isCertain: boolean): void {
    const { peerId, failures } = outgoing;
    stopRetrying(outgoing);
    // It may have ended with its link.
    if (this.#outgoing.get(peerId)?.has(outgoing) !== true) return;
    const delayMs = isCertain ? RETRY_MS * 2 ** Math.min(failures, MAX_DOUBLINGS) : UNANSWERED_MS;
    outgoing.failures += 1;
    outgoing.retry = setTimeout(() => this.#options.again(peerId), delayMs).unref();
  }
}

function stopRetrying(outgoing: Outgoing): void {
  if (outgoing.retry !== null) clearTimeout(outgoing.retry);
  outgoing.retry = null;
}
