import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2';
import type { PeerId as Libp2pPeerId, Transport } from '@libp2p/interface';
import type { TransportManager } from '@libp2p/interface-internal';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../../shared/ids.ts';
import type { RelayUse } from '../../../../shared/reachability.ts';
import { idOf } from '../addresses.ts';
import { circuitTransport } from './circuit-transport.ts';
import type { Reservation, Reservations } from './circuit-transport.ts';

/** With two, one may die without this host being lost to others. */
const WANTED_RELAYS = 2;
const MAX_USES = 16;
/** A relay that refused is asked again: soon at first, since it may just have started, and never rarely. */
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000] as const;
const LONGEST_RETRY_MS = 30_000;
/** How long it is told that a relay was lost. */
const MEMORY_MS = 10 * 60 * 1000;
const ANY_RELAY = '/p2p-circuit';

export interface RelayClientModules {
  /** Peers that relay for others, to which there is a direct link: the best first. */
  candidates(): readonly PeerId[];
  /** A contact, or of the bootstrap list: others give way to it. */
  readonly isKept: (peerId: PeerId) => boolean;
  changed(): void;
  /** How long to wait after so many failures, in ms; for tests. */
  readonly backoffMs?: (failures: number) => number;
}

interface Use {
  readonly view: RelayUse;
  readonly failures: number;
  readonly retryAt: number;
}

/** Keeps reservations on two relays, so that peers who cannot come to us directly come by way of those. */
export class RelayClient {
  readonly #modules: RelayClientModules;
  readonly #uses = new Map<PeerId, Use>();
  #reservations: Reservations | null = null;
  #transportManager: Pick<TransportManager, 'listen' | 'getListeners'> | null = null;
  #release: ((relay: Libp2pPeerId) => void) | null = null;
  #enabled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(modules: RelayClientModules) {
    this.#modules = modules;
  }

  /** For `createNode`. */
  transport(components: CircuitRelayTransportComponents): Transport {
    const { transport, reservations, release } = circuitTransport(components);
    this.#reservations = reservations;
    this.#release = release;
    reservations.addEventListener('relay:created-reservation', ({ detail }) => this.#onReserved(detail));
    reservations.addEventListener('relay:removed', ({ detail }) => this.#onLost(detail));
    return transport;
  }

  /** Once the node runs. */
  start(transportManager: Pick<TransportManager, 'listen' | 'getListeners'>): void {
    this.#transportManager = transportManager;
  }

  stop(): void {
    this.#enabled = false;
    clearTimeout(this.#timer);
  }

  /** Makes reservations, or gives them back. */
  async set(enabled: boolean): Promise<void> {
    const manager = this.#transportManager;
    if (enabled === this.#enabled || manager === null) return;
    this.#enabled = enabled;
    if (enabled) {
      // Each of these listens where one relay, whichever it is, gives it a place.
      const listeners = Array.from({ length: WANTED_RELAYS }, () => multiaddr(ANY_RELAY));
      await manager.listen(listeners);
      this.look();
      return;
    }
    clearTimeout(this.#timer);
    this.#uses.clear();
    // Closing one cancels the reservations of all, which is what is wanted here and nowhere else.
    const circuits = manager.getListeners().filter((listener) => Reflect.has(listener, 'reservationStore'));
    await Promise.all(circuits.map(async (listener) => listener.close()));
    this.#modules.changed();
  }

  /** The relays in use and those that failed, at most 16, the ones in use first. */
  relays(): RelayUse[] {
    const order: readonly RelayUse['state'][] = ['reserved', 'trying', 'failed'];
    return [...this.#uses.values()]
      .map(({ view }) => view)
      .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.since - b.since)
      .slice(0, MAX_USES);
  }

  /** Whether this relay may bring us circuits. */
  holds(relay: Libp2pPeerId): boolean {
    return this.#enabled && this.#reservations?.hasReservation(relay) === true;
  }

  /** There is a new link to a relay: an earlier refusal of it counts no more. */
  linked(peerId: PeerId): void {
    if (this.#uses.get(peerId)?.view.state === 'failed') this.#uses.delete(peerId);
    this.look();
  }

  /** Asks as many relays as are missing. */
  look(): void {
    clearTimeout(this.#timer);
    if (!this.#enabled) return;
    const now = Date.now();
    this.#forget(now);
    const busy = [...this.#uses.values()].filter(({ view }) => view.state !== 'failed').length;
    let missing = WANTED_RELAYS - busy;
    let nextAt = Infinity;
    if (missing <= 0) this.#makeWay();
    for (const peerId of this.#modules.candidates()) {
      if (missing <= 0) return;
      const use = this.#uses.get(peerId);
      if (use !== undefined && use.view.state !== 'failed') continue;
      if (use !== undefined && use.retryAt > now) {
        nextAt = Math.min(nextAt, use.retryAt);
        continue;
      }
      missing -= 1;
      // What comes of it is in its state.
      void this.#ask(peerId, use?.failures ?? 0);
    }
    if (nextAt === Infinity) return;
    this.#timer = setTimeout(() => this.look(), nextAt - now);
    this.#timer.unref();
  }

  /** A relay that is not kept is given up for one that is, which is asked when the other is gone. */
  #makeWay(): void {
    const { isKept } = this.#modules;
    const waiting = this.#modules.candidates().find((peerId) => isKept(peerId) && !this.#uses.has(peerId));
    const [other] = [...this.#uses].find(([id, { view }]) => view.state === 'reserved' && !isKept(id)) ?? [];
    if (waiting === undefined || other === undefined) return;
    this.#uses.delete(other);
    this.#release?.(peerIdFromString(other));
  }

  async #ask(peerId: PeerId, failures: number): Promise<void> {
    this.#note(peerId, { state: 'trying', expiresAt: null, why: null });
    try {
      await this.#reservations?.addRelay(peerIdFromString(peerId), 'discovered');
      // That it was made is told by an event, as its renewal is.
    } catch (error) {
      if (this.#uses.get(peerId)?.view.state !== 'trying') return;
      this.#note(peerId, { state: 'failed', expiresAt: null, why: reasonOf(error) }, failures + 1);
      this.look();
    }
  }

  #onReserved({ relay, details }: Reservation): void {
    const peerId = idOf(relay);
    if (peerId === null || !this.#enabled) return;
    const expiresAt = Number(details.reservation.expire) * 1000;
    // A relay may say anything.
    const known = Number.isSafeInteger(expiresAt) && expiresAt > 0 ? expiresAt : null;
    this.#note(peerId, { state: 'reserved', expiresAt: known, why: null });
    this.look();
  }

  #onLost({ relay }: Reservation): void {
    const peerId = idOf(relay);
    if (peerId === null || !this.#enabled) return;
    if (this.#uses.has(peerId))
      this.#note(peerId, { state: 'failed', expiresAt: null, why: 'The link to this relay was lost.' }, 1);
    this.look();
  }

  #note(peerId: PeerId, news: Pick<RelayUse, 'state' | 'expiresAt' | 'why'>, failures = 0): void {
    const now = Date.now();
    const before = this.#uses.get(peerId)?.view;
    const since = before !== undefined && before.state === news.state ? before.since : now;
    this.#uses.set(peerId, {
      view: { peerId, since, ...news },
      failures,
      retryAt: news.state === 'failed' ? now + this.#backoff(failures) : now,
    });
    this.#modules.changed();
  }

  #backoff(failures: number): number {
    return this.#modules.backoffMs?.(failures) ?? RETRY_MS[failures - 1] ?? LONGEST_RETRY_MS;
  }

  /** Relays that were lost long ago, and all beyond what is told. */
  #forget(now: number): void {
    const candidates = this.#modules.candidates();
    const failed = [...this.#uses].filter(([, { view }]) => view.state === 'failed');
    const excess = this.#uses.size - MAX_USES;
    for (const [index, [peerId, { view }]] of failed.entries())
      if (index < excess || (now - view.since > MEMORY_MS && !candidates.includes(peerId)))
        this.#uses.delete(peerId);
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  if (text.includes('RESERVATION_REFUSED')) return 'This relay has no place left.';
  if (text.includes('PERMISSION_DENIED')) return 'This relay does not serve this machine.';
  if (text.includes('RESOURCE_LIMIT')) return 'This relay has no place left.';
  if (/Timeout|Abort/.test(text)) return 'This relay did not answer in time.';
  return 'This relay could not be asked.';
}
