import type { PeerId } from '../../../../shared/ids.ts';
import { isWebSocketAddress, type TransportName } from '../../../../shared/transports.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import { DIAL_TIMEOUT_MS } from '../limits.ts';
import type { Links } from '../links/links.ts';
import type { PeerRecord, PeerTable } from '../links/peer-table.ts';

/** How long libp2p has the field to itself. */
const HEAD_START_MS = 3000;
const FIRST_RETURN_MS = 30_000;
const LAST_RETURN_MS = 5 * 60_000;

/** How hard a peer is looked for. */
export type Wanted = 'wanted' | 'found' | 'kept';

export interface FallbackModules {
  readonly peers: PeerTable;
  readonly links: Links;
  /** The transports for this peer that run, the preferred one first. */
  usable(peerId: PeerId): readonly TransportName[];
  /** By all that libp2p knows. @throws {NetworkError} */
  dialLibp2p(peerId: PeerId, how: Wanted, signal: AbortSignal): Promise<void>;
  /** @throws {NetworkError} */
  dialWebSocket(peerId: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<void>;
  /** Whether somebody here wants this peer, so that libp2p is tried again for it. */
  isOurs(peerId: PeerId): boolean;
  readonly headStartMs?: number;
  readonly returnMs?: number;
}

interface Return {
  timer: NodeJS.Timeout | null;
  tries: number;
  dueAt: number | null;
  running: AbortController | null;
}

/** Links a peer over libp2p where that works, and over WebSocket where it does not; and goes back once it does. */
export class FallbackDialling {
  readonly #modules: FallbackModules;
  readonly #returns = new Map<PeerId, Return>();
  #stopped = false;

  constructor(modules: FallbackModules) {
    this.#modules = modules;
  }

  stop(): void {
    this.#stopped = true;
    for (const peerId of [...this.#returns.keys()]) this.#endReturn(peerId);
  }

  /** Makes a link over whichever transport may be used for the peer. @throws {NetworkError} */
  async connect(peer: PeerRecord, how: Wanted, signal: AbortSignal): Promise<void> {
    const names = this.#modules.usable(peer.peerId);
    const addresses = names.includes('websocket') ? peer.addresses.filter(isWebSocketAddress) : [];
    if (names.includes('libp2p')) {
      if (addresses.length === 0) await this.#overLibp2p(peer, how, signal);
      else await this.#either(peer, addresses, how, signal);
    } else if (names.length === 0) {
      throw new NetworkError('STOPPED', 'The transport that is chosen for this peer is not running.');
    } else if (addresses.length === 0) {
      throw this.#failed(
        peer,
        'websocket',
        new NetworkError('UNREACHABLE', 'No WebSocket address of this peer is known.'),
      );
    } else await this.#overWebSocket(peer, addresses, signal);
  }

  /** Links came or went. */
  linksChanged(peerId: PeerId): void {
    const { peers, links } = this.#modules;
    const peer = peers.get(peerId);
    const isFallback =
      peer !== undefined &&
      links.best(peerId, 'websocket') !== undefined &&
      links.best(peerId, 'libp2p') === undefined &&
      this.#modules.usable(peerId).includes('libp2p');
    if (!isFallback) {
      this.#endReturn(peerId);
      if (peer?.fallback != null) {
        peer.fallback = null;
        peers.changed(peerId);
      }
      return;
    }
    if (this.#returns.has(peerId) || this.#stopped || !this.#modules.isOurs(peerId)) return;
    this.#returns.set(peerId, { timer: null, tries: 0, dueAt: null, running: null });
    // A dial of ours that led here says better why, as soon as it is over.
    const isTheirs = links.best(peerId, 'websocket')?.connection.direction === 'inbound';
    const reason =
      peer.facts.lastError.libp2p ??
      (isTheirs ? 'The peer came over WebSocket.' : 'libp2p has not been tried yet.');
    peer.fallback = { since: Date.now(), afterMs: 0, reason, nextTryAt: null };
    this.#planReturn(peerId);
  }

  /** The network is another one, or libp2p may be used again: tries again at once, for one peer or for all. */
  hurry(only?: PeerId): void {
    for (const [peerId, entry] of this.#returns) {
      if (only !== undefined && peerId !== only) continue;
      entry.tries = 0;
      this.#planReturn(peerId, 0);
    }
  }

  async #either(
    peer: PeerRecord,
    addresses: readonly string[],
    how: Wanted,
    signal: AbortSignal,
  ): Promise<void> {
    const startedAt = performance.now();
    const headStartMs = this.#modules.headStartMs ?? HEAD_START_MS;
    const libp2p = this.#overLibp2p(peer, how, signal).then(
      () => null,
      (error: unknown) => asError(error),
    );
    const late = deadline(headStartMs, signal);
    const tooLate = new Promise<'late'>((resolve) => {
      late.signal.addEventListener('abort', () => resolve('late'));
    });
    const first = await Promise.race([libp2p, tooLate]).finally(() => late.release());
    if (first === null) return;
    const afterMs = performance.now() - startedAt;
    const seconds = (Math.round(afterMs / 100) / 10).toFixed(1);
    const reason = first === 'late' ? `It did not answer for ${seconds} s.` : first.message;
    const webSocket = this.#overWebSocket(peer, addresses, signal).then(
      () => null,
      (error: unknown) => asError(error),
    );
    // Whichever is linked first; where neither is, libp2p says why.
    const winner = await firstLinked(libp2p, webSocket);
    if (winner !== null) throw bothFailed(winner.libp2p, winner.webSocket);
    if (this.#modules.links.best(peer.peerId, 'libp2p') !== undefined) return;
    this.linksChanged(peer.peerId);
    const nextTryAt = this.#returns.get(peer.peerId)?.dueAt ?? null;
    peer.fallback = { since: Date.now(), afterMs, reason, nextTryAt };
    this.#modules.peers.changed(peer.peerId);
  }

  async #overLibp2p(peer: PeerRecord, how: Wanted, signal: AbortSignal): Promise<void> {
    try {
      await this.#modules.dialLibp2p(peer.peerId, how, signal);
      peer.facts.lastError.libp2p = null;
    } catch (error) {
      throw this.#failed(peer, 'libp2p', asError(error));
    }
  }

  async #overWebSocket(peer: PeerRecord, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const { peers } = this.#modules;
    peer.dialling = true;
    peers.changed(peer.peerId);
    try {
      await this.#modules.dialWebSocket(peer.peerId, addresses, signal);
      peer.facts.lastError.websocket = null;
      peer.dialError = null;
    } catch (error) {
      throw this.#failed(peer, 'websocket', asError(error));
    } finally {
      peer.dialling = false;
      peers.changed(peer.peerId);
    }
  }

  #failed(peer: PeerRecord, name: TransportName, error: Error): Error {
    peer.facts.lastError[name] = error.message;
    peer.dialError = error.message;
    this.#modules.peers.changed(peer.peerId);
    return error;
  }

  #planReturn(peerId: PeerId, delayMs?: number): void {
    const entry = this.#returns.get(peerId);
    if (entry === undefined || entry.running !== null || this.#stopped) return;
    const first = this.#modules.returnMs ?? FIRST_RETURN_MS;
    const delay = delayMs ?? Math.min(first * 2 ** entry.tries, LAST_RETURN_MS);
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.#return(peerId, entry), delay).unref();
    this.#tellNextTry(peerId, Date.now() + delay);
  }

  async #return(peerId: PeerId, entry: Return): Promise<void> {
    const peer = this.#modules.peers.get(peerId);
    entry.timer = null;
    if (peer === undefined || this.#stopped) {
      this.#endReturn(peerId);
      return;
    }
    const controller = new AbortController();
    entry.running = controller;
    entry.tries += 1;
    this.#tellNextTry(peerId, Date.now());
    const limit = deadline(DIAL_TIMEOUT_MS, controller.signal);
    try {
      await this.#overLibp2p(peer, 'kept', limit.signal);
    } catch (error) {
      if (peer.fallback !== null) peer.fallback = { ...peer.fallback, reason: asError(error).message };
    } finally {
      limit.release();
      entry.running = null;
    }
    // A link that came of it has ended this already.
    if (this.#returns.get(peerId) === entry) this.#planReturn(peerId);
  }

  #endReturn(peerId: PeerId): void {
    const entry = this.#returns.get(peerId);
    if (entry === undefined) return;
    this.#returns.delete(peerId);
    if (entry.timer !== null) clearTimeout(entry.timer);
    // The dial that brought the link is about to end by itself.
    if (this.#modules.links.best(peerId, 'libp2p') === undefined)
      entry.running?.abort(new Error('No longer wanted.'));
  }

  #tellNextTry(peerId: PeerId, at: number | null): void {
    const peer = this.#modules.peers.get(peerId);
    const entry = this.#returns.get(peerId);
    if (entry !== undefined) entry.dueAt = at;
    if (peer?.fallback == null) return;
    peer.fallback = { ...peer.fallback, nextTryAt: at };
    this.#modules.peers.changed(peerId);
  }
}

/** Null once one of two is linked; what both failed with otherwise. */
async function firstLinked(
  libp2p: Promise<Error | null>,
  webSocket: Promise<Error | null>,
): Promise<{ libp2p: Error; webSocket: Error } | null> {
  const [first, second] = [libp2p, webSocket];
  const linked = await Promise.race([
    first.then(async (error) => (error === null ? null : await second)),
    second.then(async (error) => (error === null ? null : await first)),
  ]);
  if (linked === null) return null;
  const [a, b] = await Promise.all([first, second]);
  return a === null || b === null ? null : { libp2p: a, webSocket: b };
}

function bothFailed(libp2p: Error, webSocket: Error): Error {
  const code = libp2p instanceof NetworkError ? libp2p.code : 'UNREACHABLE';
  return new NetworkError(code, `libp2p: ${libp2p.message} WebSocket: ${webSocket.message}`, {
    cause: libp2p,
  });
}

const asError = (value: unknown): Error => (value instanceof Error ? value : new Error(String(value)));
