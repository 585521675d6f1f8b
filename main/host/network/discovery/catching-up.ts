import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import { ANNOUNCEMENTS_PROTOCOL, HELLO_TIMEOUT_MS } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { PeerRate } from '../../peer-rate.ts';
import { idOf } from '../addresses.ts';
import { askForAnnouncements } from './announcements-protocol.ts';
import type { NetworkHandlers } from '../index.ts';
import type { LinkConnection } from '../transport.ts';

/** Peers that are asked at one time for what was announced before. */
const MAX_PARALLEL = 4;
/** Peers that wait for their turn; those beyond are not asked. */
const MAX_WAITING = 300;
/** A peer that comes and goes is not asked each time. */
const MAX_ASKED = 3;
const ASKED_WINDOW_MS = 5 * 60_000;
/** How long whoever passed on what is forged is not asked again. */
const FORGED_MS = 10 * 60_000;
const MAX_PEERS = 1000;
/** Announcements that are looked at in one turn of the event loop: each may have a signature to be verified. */
const PER_TURN = 16;
/** So many in a row that are good for nothing, and the rest is not looked at. */
const MAX_USELESS = 20;

export interface CatchingUpParts {
  readonly handlers: Pick<NetworkHandlers, 'announcement'>;
  readonly openStream: (connection: LinkConnection, protocol: string, signal: AbortSignal) => Promise<Stream>;
  /** What is held here, which need not be told again. */
  readonly held?: () => readonly string[];
  /** Something that others have not been told yet. */
  readonly onNews: (news: readonly string[], from: PeerId) => void;
}

/** Asks those who are linked for what was announced before, a few at a time. */
export class CatchingUp {
  readonly #parts: CatchingUpParts;
  /** Since they were linked. */
  readonly #asked = new Set<PeerId>();
  readonly #rate = new PeerRate({ most: MAX_ASKED, windowMs: ASKED_WINDOW_MS, maxPeers: MAX_PEERS });
  readonly #forgers = new PeerRate({ most: 1, windowMs: FORGED_MS, maxPeers: MAX_PEERS });
  readonly #waiting: LinkConnection[] = [];
  readonly #stopping = new AbortController();
  #asking = 0;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /** Asks a peer in its turn, unless it was asked already. */
  ask(connection: LinkConnection): void {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null || connection.limits !== undefined || this.#stopping.signal.aborted) return;
    if (this.#asked.has(peerId) || this.#waiting.length >= MAX_WAITING) return;
    const now = performance.now();
    if (!this.#forgers.hasLeft(peerId, now) || !this.#rate.admit(peerId, now)) return;
    this.#asked.add(peerId);
    this.#waiting.push(connection);
    this.#askNext();
  }

  /** Asks a peer once more, for what we may have missed. Whoever calls this does not do so often. */
  compare(connection: LinkConnection): void {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null || this.#stopping.signal.aborted || this.#waiting.length >= MAX_WAITING) return;
    if (this.#waiting.includes(connection) || !this.#forgers.hasLeft(peerId, performance.now())) return;
    this.#waiting.push(connection);
    this.#askNext();
  }

  /** The last link to a peer is gone. */
  left(peerId: PeerId): void {
    this.#asked.delete(peerId);
  }

  /** What was said meanwhile was heard by nobody: everybody may be asked again. */
  again(): void {
    this.#asked.clear();
  }

  stop(): void {
    this.#stopping.abort(new Error('The network stops.'));
    this.#waiting.length = 0;
  }

  #askNext(): void {
    while (this.#asking < MAX_PARALLEL) {
      const connection = this.#waiting.shift();
      if (connection === undefined) return;
      this.#asking += 1;
      void this.#catchUp(connection).finally(() => {
        this.#asking -= 1;
        this.#askNext();
      });
    }
  }

  async #catchUp(connection: LinkConnection): Promise<void> {
    const from = idOf(connection.remotePeer);
    if (from === null || connection.status !== 'open') return;
    const limit = deadline(HELLO_TIMEOUT_MS, this.#stopping.signal);
    try {
      const stream = await this.#parts.openStream(connection, ANNOUNCEMENTS_PROTOCOL, limit.signal);
      const texts = await askForAnnouncements(stream, limit.signal, this.#parts.held?.());
      const news = await this.#takeIn(texts, from);
      if (!this.#stopping.signal.aborted) this.#parts.onNews(news, from);
    } catch {
      // It does not answer, or not in time; whatever is new comes by gossip all the same.
    } finally {
      limit.release();
    }
  }

  /** @returns what is news */
  async #takeIn(texts: readonly string[], from: PeerId): Promise<string[]> {
    const news: string[] = [];
    let useless = 0;
    for (const [at, text] of texts.entries()) {
      if (at > 0 && at % PER_TURN === 0) await nextTurn();
      if (this.#stopping.signal.aborted) break;
      const verdict = this.#parts.handlers.announcement(text, from);
      if (verdict === 'accept') news.push(text);
      if (verdict === 'reject') {
        // Whoever passes on what is forged is not listened to further.
        this.#forgers.admit(from, performance.now());
        break;
      }
      useless = verdict === 'ignore' ? useless + 1 : 0;
      if (useless >= MAX_USELESS) break;
    }
    return news;
  }
}
