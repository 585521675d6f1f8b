import type { PeerId } from '../../../../shared/ids.ts';
import type { NatMapping } from '../../../../shared/reachability.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import type { Links } from '../links/links.ts';
import { pathNote } from '../links/path-notes.ts';
import type { PathFacts } from '../links/path-notes.ts';
import type { Link, PeerTable } from '../links/peer-table.ts';
import type { LinkConnection } from '../transport.ts';
import type { Punching } from './punching.ts';
import type { Reach } from './reach.ts';

/** When to try again, after the first time. The last one goes on. */
const LAST_AGAIN_MS = 5 * 60_000;
const AGAIN_MS = [10_000, 30_000, 2 * 60_000, LAST_AGAIN_MS];
/** For links that are good already, but not the best there could be. */
const GOOD_AGAIN_MS = [30_000, 5 * 60_000, 30 * 60_000];
/** How long a new link may take to tell the addresses of its peer. */
const IDENTIFY_MS = 2000;
const ATTEMPT_MS = 15_000;
/** How long what is under way may go on once there is a good link. */
const SETTLE_MS = 1000;
/** Peers for whom a better path is tried at one time. */
const MAX_ATTEMPTS = 4;
/** What changes here brings the next try forward, but not more often than this. */
const MIN_PAUSE_MS = 3000;
/** A peer that tells other addresses again and again does not have us dial them as often. */
const NEWS_PAUSE_MS = 15_000;

export interface BetterPathsParts {
  readonly peers: PeerTable;
  readonly links: Pick<Links, 'best'>;
  readonly reach: Pick<Reach, 'better'>;
  readonly punching: Pick<Punching, 'punch'>;
  /** Whether there is reason to, with this peer. */
  readonly wanted: (peerId: PeerId) => boolean;
  /** Chosen by a person here: may name addresses in our own network. */
  readonly isOurs: (peerId: PeerId) => boolean;
  readonly mapping: () => NatMapping;
}

interface Search {
  tries: number;
  timer: NodeJS.Timeout | null;
  dueAt: number;
  startedAt: number;
  /** Set while a try is under way. */
  running: AbortController | null;
  /** Something changed meanwhile: when to try again at the soonest, in ms after it began. */
  again: number | null;
  punch: PathFacts['punch'];
}

/**
 * Tries for better links to peers that are reached by way of a relay, or otherwise not as well as could be: at once,
 * when something has changed, and then less and less often.
 */
export class BetterPaths {
  readonly #parts: BetterPathsParts;
  readonly #searches = new Map<PeerId, Search>();
  readonly #line = new Set<PeerId>();
  #running = 0;
  #stopped = false;

  constructor(parts: BetterPathsParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#stopped = true;
    for (const peerId of this.#searches.keys()) this.#end(peerId);
    this.#line.clear();
  }

  /** A link to the peer came, went or was told more about: begins, goes on or ends. */
  look(peerId: PeerId): void {
    const best = this.#parts.links.best(peerId);
    if (this.#stopped || best === undefined || !isImprovable(best) || !this.#parts.wanted(peerId)) {
      this.#end(peerId);
      this.#tell(peerId);
      return;
    }
    if (this.#searches.has(peerId)) {
      this.#tell(peerId);
      return;
    }
    const search: Search = {
      tries: 0,
      timer: null,
      dueAt: 0,
      startedAt: 0,
      running: null,
      again: null,
      punch: null,
    };
    this.#searches.set(peerId, search);
    this.#plan(peerId, search, this.#firstDelay(best));
    this.#tell(peerId);
  }

  /** The peer has told its addresses, or others than before. */
  learned(peerId: PeerId, isNews: boolean): void {
    const search = this.#searches.get(peerId);
    if (search === undefined) this.look(peerId);
    else if (search.tries === 0) this.hurry(peerId);
    else if (isNews) this.hurry(peerId, NEWS_PAUSE_MS);
  }

  /** Something has changed: tries soon, if there is a better path to be tried for. */
  hurry(peerId: PeerId, leastMs = MIN_PAUSE_MS): void {
    const search = this.#searches.get(peerId);
    if (search === undefined || this.#line.has(peerId)) return;
    if (search.running !== null) {
      search.again = Math.max(search.again ?? 0, leastMs);
      return;
    }
    const pause = Math.max(0, search.startedAt + leastMs - Date.now());
    if (search.timer !== null && search.dueAt <= Date.now() + pause) return;
    search.tries = Math.min(search.tries, 1);
    this.#plan(peerId, search, pause);
  }

  /** Our own network has changed, or is known better. */
  hurryAll(): void {
    for (const peerId of this.#searches.keys()) this.hurry(peerId);
  }

  /** The words for a peer, by what is known now. */
  tell(peerId: PeerId): void {
    this.#tell(peerId);
  }

  #firstDelay(best: Link): number {
    if (best.path !== 'relayed') return this.#delay(best, 0);
    // What the peer tells of itself first begins it sooner: `learned`.
    return IDENTIFY_MS;
  }

  #delay(best: Link, tries: number): number {
    // One by way of a relay was tried at once, before the first delay.
    const [list, at] = best.path === 'relayed' ? [AGAIN_MS, tries - 1] : [GOOD_AGAIN_MS, tries];
    return list[Math.min(at, list.length - 1)] ?? LAST_AGAIN_MS;
  }

  #plan(peerId: PeerId, search: Search, delayMs: number): void {
    if (search.timer !== null) clearTimeout(search.timer);
    search.dueAt = Date.now() + delayMs;
    search.timer = setTimeout(() => {
      search.timer = null;
      this.#line.add(peerId);
      this.#next();
    }, delayMs).unref();
  }

  #next(): void {
    for (const peerId of this.#line) {
      if (this.#running >= MAX_ATTEMPTS || this.#stopped) return;
      this.#line.delete(peerId);
      const search = this.#searches.get(peerId);
      if (search === undefined || search.running !== null) continue;
      this.#running += 1;
      void this.#try(peerId, search).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #try(peerId: PeerId, search: Search): Promise<void> {
    const { links, wanted } = this.#parts;
    const best = links.best(peerId);
    if (best === undefined || !isImprovable(best) || !wanted(peerId)) {
      this.#end(peerId);
      return;
    }
    const controller = new AbortController();
    const limit = deadline(ATTEMPT_MS, controller.signal);
    search.running = controller;
    search.startedAt = Date.now();
    this.#tell(peerId);
    try {
      await this.#tryAll(peerId, best, search, limit.signal);
    } finally {
      limit.release();
      search.running = null;
      if (this.#searches.get(peerId) !== search && search.timer !== null) clearTimeout(search.timer);
    }
    if (this.#searches.get(peerId) === search) this.#afterTry(peerId, search);
  }

  #afterTry(peerId: PeerId, search: Search): void {
    const best = this.#parts.links.best(peerId);
    search.tries += 1;
    const { again } = search;
    search.again = null;
    if (best === undefined || !isImprovable(best)) {
      this.#end(peerId);
      this.look(peerId);
      return;
    }
    this.#plan(peerId, search, this.#delay(best, search.tries));
    if (again !== null) this.hurry(peerId, again);
    this.#tell(peerId);
  }

  /** The addresses of the peer and WebRTC at one time; whatever works shows up among the links. */
  async #tryAll(peerId: PeerId, best: Link, search: Search, signal: AbortSignal): Promise<void> {
    const peer = this.#parts.peers.get(peerId);
    if (peer === undefined) return;
    const noLonger = new AbortController();
    const limit = deadline(ATTEMPT_MS, signal);
    limit.signal.addEventListener('abort', () => noLonger.abort(limit.signal.reason));
    const isOurs = this.#parts.isOurs(peerId);
    const direct = this.#parts.reach.better(peer, isOurs, limit.signal).then(
      // Nothing that is punched would be better.
      () => noLonger.abort(new NetworkError('LINK_LOST', 'There is a direct link.')),
      () => undefined,
    );
    // One side punches, so that they do not make two links: the one that went to the relay for it.
    const punches = best.path === 'relayed' && best.connection.direction === 'outbound';
    if (punches) search.punch = await this.#punch(best.connection, noLonger.signal);
    await direct;
    limit.release();
  }

  async #punch(relayed: LinkConnection, signal: AbortSignal): Promise<PathFacts['punch']> {
    try {
      await this.#parts.punching.punch(relayed, signal);
      return null;
    } catch (error) {
      const code = error instanceof NetworkError ? error.code : null;
      if (code === 'STOPPED') return 'not-here';
      return code === 'REFUSED' ? 'not-there' : 'failed';
    }
  }

  #end(peerId: PeerId): void {
    const search = this.#searches.get(peerId);
    if (search === undefined) return;
    if (search.timer !== null) clearTimeout(search.timer);
    this.#searches.delete(peerId);
    this.#line.delete(peerId);
    const { running } = search;
    if (running === null) return;
    const abort = (): void =>
      running.abort(new NetworkError('LINK_LOST', 'No better path is needed any more.'));
    if (this.#stopped || this.#parts.links.best(peerId) === undefined) abort();
    // A link that we have just made is told of before its dial is over, and would be lost with it.
    else search.timer = setTimeout(abort, SETTLE_MS).unref();
  }

  #tell(peerId: PeerId): void {
    const peer = this.#parts.peers.get(peerId);
    if (peer === undefined) return;
    const search = this.#searches.get(peerId);
    const best = this.#parts.links.best(peerId);
    const note =
      best === undefined || search === undefined
        ? null
        : pathNote({
            path: best.path,
            isTrying: search.tries === 0,
            ours: this.#parts.mapping(),
            theirs: peer.natMapping,
            punch: search.punch,
          });
    if (note === peer.pathNote) return;
    peer.pathNote = note;
    this.#parts.peers.changed(peerId);
  }
}

/** A link by way of a relay, one that was punched, and one by WebSocket may not be the best there is. */
const isImprovable = ({ path, transport }: Link): boolean =>
  path === 'relayed' || path === 'punched' || (path === 'direct' && transport === 'ws');
