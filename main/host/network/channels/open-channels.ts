import { randomBytes } from 'node:crypto';
import type { AgentName, PeerId } from '../../../../shared/ids.ts';
import { MovingChannel } from './moving-channel.ts';
import type { MessageChannel } from '../index.ts';

interface OpenChannel {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly channel: MovingChannel;
}

/** The channels that peers opened, by the names under which they may move them to another link. */
export class OpenChannels {
  readonly #channels = new Map<string, OpenChannel>();

  /** A name for a channel that is about to be opened: not to be guessed by others. */
  newName(): string {
    return randomBytes(16).toString('base64url');
  }

  /** Keeps a channel until it ends. */
  opened(name: string, peerId: PeerId, agent: AgentName, stream: MessageChannel): MessageChannel {
    const channel = new MovingChannel(stream, () => this.#channels.delete(name));
    this.#channels.set(name, { peerId, agent, channel });
    return channel;
  }

  /** The channel that a peer may move; null where it has none of that name, or it is moving already. */
  movable(name: string, peerId: PeerId, agent: AgentName): MovingChannel | null {
    const known = this.#channels.get(name);
    if (known === undefined || known.peerId !== peerId || known.agent !== agent) return null;
    return known.channel.movable ? known.channel : null;
  }
}
