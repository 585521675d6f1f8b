import { randomBytes } from 'node:crypto';
import type { AgentName, PeerId } from '../../../../shared/ids.ts';
import { deadline } from '../../deadline.ts';
import { MovingChannel } from './moving-channel.ts';
import type { MessageChannel } from '../index.ts';
import type { LinkConnection } from '../transport.ts';

/** How long a move may wait for the one before it: less than the other side waits for its answer. */
const SETTLE_MS = 5000;

interface OpenChannel {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly channel: MovingChannel;
  connection: LinkConnection;
  /** Where it ran before, until all that was said there has been read. */
  before: LinkConnection | null;
}

/** The channels that peers opened, by the names under which they may move them to another link. */
export class OpenChannels {
  readonly #channels = new Map<string, OpenChannel>();
  readonly #onIdle: () => void;

  /** `onIdle`: a channel ended, came to rest, or is on its new link for good. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** A name for a channel that is about to be opened: not to be guessed by others. */
  newName(): string {
    return randomBytes(16).toString('base64url');
  }

  /** Keeps a channel until it ends. */
  opened(name: string, agent: AgentName, stream: MessageChannel, connection: LinkConnection): MessageChannel {
    const channel = new MovingChannel(
      stream,
      () => {
        this.#channels.delete(name);
        this.#onIdle();
      },
      () => {
        entry.before = null;
        this.#onIdle();
      },
    );
    channel.onIdle = this.#onIdle;
    const entry: OpenChannel = { peerId: stream.peerId, agent, channel, connection, before: null };
    this.#channels.set(name, entry);
    return channel;
  }

  /**
   * Whether a peer may move a channel; not where it has none of that name, or it is moving already. What it asks here may
   * come before the last line of the move before: that one is waited for.
   */
  async isMovable(name: string, peerId: PeerId, agent: AgentName): Promise<boolean> {
    const known = this.#channels.get(name);
    if (known === undefined || known.peerId !== peerId || known.agent !== agent) return false;
    const limit = deadline(SETTLE_MS);
    const late = new Promise<void>((resolve) => {
      limit.signal.addEventListener('abort', () => resolve());
    });
    await Promise.race([known.channel.settled(), late]);
    limit.release();
    return known.channel.movable;
  }

  /** The channel goes on over another link. */
  goOn(name: string, next: MessageChannel, connection: LinkConnection): void {
    const known = this.#channels.get(name);
    if (known === undefined) return;
    known.before = known.connection;
    known.connection = connection;
    known.channel.goOn(next);
  }

  /** Channels on these links with something under way: a call, or a move. */
  busy(leaves: (connection: LinkConnection) => boolean): number {
    return [...this.#channels.values()].filter(
      ({ channel, connection, before }) =>
        (before !== null && leaves(before)) || (leaves(connection) && channel.busy?.() === true),
    ).length;
  }

  /** Closes the channels on these links, once what was given to them has been sent. */
  async close(leaves: (connection: LinkConnection) => boolean): Promise<void> {
    const on = [...this.#channels.values()].filter(({ connection }) => leaves(connection));
    await Promise.all(on.map(({ channel }) => channel.close()));
  }
}
