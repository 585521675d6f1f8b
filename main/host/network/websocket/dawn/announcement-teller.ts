import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../../shared/ids.ts';
import { ANNOUNCE_PROTOCOL, HELLO_TIMEOUT_MS, MAX_ANNOUNCEMENT_BYTES } from '../../../../../shared/wire.ts';
import { deadline } from '../../../deadline.ts';
import { StreamChannel } from '../../channels/message-channel.ts';
import { openStream } from '../../channels/open-stream.ts';
import { NetworkError } from '../../errors.ts';
import type { MessageChannel } from '../../index.ts';
import type { LinkConnection } from '../../transport.ts';

/** Announcements that wait for one stream to open; those beyond are said again within ten minutes. */
const MAX_WAITING = 256;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** A line for each announcement, over a stream of `/gatehouse/announce/1.0.0`. */
export const channelOf = (stream: Stream, connection: LinkConnection, peerId: PeerId): StreamChannel =>
  new StreamChannel(stream, {
    route: {
      peerId,
      path: connection.kind?.path ?? 'direct',
      transport: connection.kind?.transport ?? 'websocket',
    },
    budget: null,
    linkOpen: () => connection.status === 'open',
    maxMessageBytes: MAX_ANNOUNCEMENT_BYTES,
    maxQueuedBytes: MAX_QUEUED_BYTES,
  });

/** The stream by which one peer is told. Opened with the first announcement, and kept as long as the link. */
export class AnnouncementTeller {
  readonly #onEnd: () => void;
  #waiting: string[] = [];
  #channel: MessageChannel | null = null;
  #mayTell = true;
  #over = false;

  constructor(connection: LinkConnection, peerId: PeerId, onEnd: () => void) {
    this.#onEnd = onEnd;
    void this.#open(connection, peerId);
  }

  tell(announcement: string): void {
    if (this.#over) return;
    if (this.#channel === null) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(announcement);
    } else if (this.#mayTell) this.#mayTell = this.#channel.send(announcement);
  }

  stop(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = [];
    this.#channel?.abort(error);
    this.#onEnd();
  }

  async #open(connection: LinkConnection, peerId: PeerId): Promise<void> {
    const limit = deadline(HELLO_TIMEOUT_MS);
    try {
      const stream = await openStream(connection, ANNOUNCE_PROTOCOL, limit.signal);
      const channel = channelOf(stream, connection, peerId);
      if (this.#over) {
        channel.abort(new NetworkError('STOPPED', 'Nothing is told any more.'));
        return;
      }
      this.#channel = channel;
      channel.onDrain = (): void => {
        this.#mayTell = true;
      };
      channel.onClose = (): void =>
        this.stop(new NetworkError('LINK_LOST', 'The peer does not listen any more.'));
      // Nothing is to come back; reading shows when the other side is gone.
      channel.onLine = (): void => undefined;
      for (const announcement of this.#waiting.splice(0)) this.tell(announcement);
    } catch (cause) {
      this.stop(new NetworkError('LINK_LOST', 'The peer does not listen.', { cause }));
    } finally {
      limit.release();
    }
  }
}
