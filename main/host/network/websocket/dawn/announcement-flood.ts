/** `/gatehouse/announce/1.0.0`: announcements, a line each, to those whom GossipSub does not reach. */
import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../../shared/ids.ts';
import { PeerRate } from '../../../peer-rate.ts';
import { idOf } from '../../addresses.ts';
import { NetworkError } from '../../errors.ts';
import type { MessageChannel, NetworkHandlers } from '../../index.ts';
import type { LinkConnection } from '../../transport.ts';
import { AnnouncementTeller, channelOf } from './announcement-teller.ts';

/** How long whoever passed on what is forged is not listened to. */
const FORGED_MS = 10 * 60_000;
const MAX_PEERS = 1000;

export interface AnnouncementFloodParts {
  readonly handlers: Pick<NetworkHandlers, 'announcement'>;
  /** Links to Gatehouses that hear nothing by GossipSub: at most one for each peer. */
  listeners(): readonly LinkConnection[];
  /** Something is news here, and may be for those whom libp2p reaches. */
  onNews(announcement: string): void;
}

/** Tells announcements on, and takes those of others in. What is news is told once more to all but who told it. */
export class AnnouncementFlood {
  readonly #parts: AnnouncementFloodParts;
  readonly #tellers = new Map<LinkConnection, AnnouncementTeller>();
  /** One for each peer: a new one takes the place of the old. */
  readonly #heard = new Map<PeerId, MessageChannel>();
  readonly #forgers = new PeerRate({ most: 1, windowMs: FORGED_MS, maxPeers: MAX_PEERS });

  constructor(parts: AnnouncementFloodParts) {
    this.#parts = parts;
  }

  /** Tells an announcement to everybody, but for whom it came from. */
  tell(announcement: string, except: PeerId | null = null): void {
    for (const connection of this.#parts.listeners()) {
      const peerId = idOf(connection.remotePeer);
      if (peerId === null || peerId === except || connection.status !== 'open') continue;
      let teller = this.#tellers.get(connection);
      if (teller === undefined) {
        teller = new AnnouncementTeller(connection, peerId, () => this.#tellers.delete(connection));
        this.#tellers.set(connection, teller);
      }
      teller.tell(announcement);
    }
  }

  /** Answers a stream by which a peer tells. */
  answer(stream: Stream, connection: LinkConnection, peerId: PeerId): void {
    if (!this.#forgers.hasLeft(peerId, performance.now())) {
      stream.abort(new NetworkError('REFUSED', 'This peer is not listened to.'));
      return;
    }
    this.#heard.get(peerId)?.abort(new NetworkError('REFUSED', 'The peer tells elsewhere now.'));
    const channel = channelOf(stream, connection, peerId);
    this.#heard.set(peerId, channel);
    channel.onClose = (): void => {
      if (this.#heard.get(peerId) === channel) this.#heard.delete(peerId);
    };
    channel.onLine = (line): void => this.#hear(line, peerId, channel);
  }

  stop(): void {
    const error = new NetworkError('STOPPED', 'The WebSocket transport was switched off.');
    for (const teller of [...this.#tellers.values()]) teller.stop(error);
    for (const channel of [...this.#heard.values()]) channel.abort(error);
    this.#tellers.clear();
    this.#heard.clear();
  }

  #hear(line: string, from: PeerId, channel: MessageChannel): void {
    const verdict = this.#parts.handlers.announcement(line, from);
    if (verdict === 'accept') {
      this.tell(line, from);
      this.#parts.onNews(line);
    } else if (verdict === 'reject') {
      this.#forgers.admit(from, performance.now());
      channel.abort(new NetworkError('PROTOCOL', 'The peer passes on what is forged.'));
    }
  }
}
