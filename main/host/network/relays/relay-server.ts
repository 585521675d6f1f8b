import { circuitRelayServer } from '@libp2p/circuit-relay-v2';
import type {
  CircuitRelayServerComponents,
  CircuitRelayService,
  RelayReservation,
} from '@libp2p/circuit-relay-v2';
import type { ConnectionGater, PeerId as Libp2pPeerId } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { RelayView } from '../../../../shared/reachability.ts';
import { idOf } from '../addresses.ts';
import type { RelayServerOptions } from '../index.ts';
import {
  MAX_CIRCUITS_PER_CALLER,
  MAX_CIRCUITS_PER_RESERVATION,
  MAX_CIRCUITS_PER_SOURCE,
  MAX_HOP_STREAMS_PER_LINK,
  MAX_RESERVATIONS_PER_SOURCE,
  MAX_STOP_STREAMS_PER_LINK,
  RESERVATION_MS,
} from '../limits.ts';
import type { ListenNotice } from '../node/listening.ts';
import type { NodeParts } from '../node/node.ts';
import { announcePublic } from '../reachability/public-addresses.ts';
import { RelayCircuits } from './relay-circuits.ts';
import { StunServer } from './stun-server.ts';

/** A hop request that is not complete after so long is dropped. */
const HOP_TIMEOUT_MS = 10_000;

export interface RelayServerModules {
  isContact(peerId: PeerId): boolean;
  /** Where a linked peer comes from: an IPv4 address, or a /64 of IPv6. Null where that is not seen. */
  sourceOf(peerId: PeerId): string | null;
  notify(notice: ListenNotice): void;
  /** Everything is stopped: nobody is answered. */
  frozen(): boolean;
}

/**
 * Relays for others (Circuit Relay v2) and tells them how they look from outside (STUN). Each circuit is limited in
 * time and bytes, reservations are limited in number, and what is carried is encrypted from end to end.
 */
export class RelayServer {
  readonly #options: RelayServerOptions;
  readonly #modules: RelayServerModules;
  readonly #circuits = new RelayCircuits();
  readonly #stun: StunServer;
  #service: CircuitRelayService | null = null;
  #stopAnnouncing: () => void = () => undefined;

  constructor(options: RelayServerOptions, modules: RelayServerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#stun = new StunServer({ ports: options.stunPorts, silent: () => modules.frozen() });
  }

  /** For `createNode`. */
  service(components: CircuitRelayServerComponents): CircuitRelayService {
    const { maxReservations, circuitSeconds, circuitBytes } = this.#options;
    const service = circuitRelayServer({
      hopTimeout: HOP_TIMEOUT_MS,
      maxInboundHopStreams: MAX_HOP_STREAMS_PER_LINK,
      maxOutboundHopStreams: MAX_HOP_STREAMS_PER_LINK,
      maxOutboundStopStreams: MAX_STOP_STREAMS_PER_LINK,
      reservations: {
        maxReservations,
        reservationTtl: RESERVATION_MS,
        // In milliseconds, see `relay-circuits.ts`.
        defaultDurationLimit: circuitSeconds * 1000,
        defaultDataLimit: BigInt(circuitBytes),
      },
    })(components);
    // Its holder comes back for it in time, by a clock that may be slow.
    this.#circuits.watch(service, (peer) => service.reservations.get(peer)?.signal.reset(2 * RESERVATION_MS));
    this.#service = service;
    return service;
  }

  /** Who is served, beside what the gatekeeper says of everybody. True means no. */
  gater(): Pick<ConnectionGater, 'denyInboundRelayReservation' | 'denyOutboundRelayedConnection'> {
    return {
      denyInboundRelayReservation: (holder) => !this.#mayReserve(idOf(holder)),
      denyOutboundRelayedConnection: (caller) => !this.#mayCall(idOf(caller)),
    };
  }

  #mayReserve(peerId: PeerId | null): boolean {
    if (peerId === null) return false;
    if (this.#modules.isContact(peerId)) return true;
    if (this.#options.contactsOnly) return false;
    const holders = [...(this.#service?.reservations.keys() ?? [])].flatMap((holder) => idOf(holder) ?? []);
    const others = holders.filter((holder) => holder !== peerId);
    return this.#fromSameSource(peerId, others) < MAX_RESERVATIONS_PER_SOURCE;
  }

  #mayCall(peerId: PeerId | null): boolean {
    const callers = this.#circuits.callers();
    const most = this.#options.maxReservations * MAX_CIRCUITS_PER_RESERVATION;
    if (peerId === null || callers.length >= most) return false;
    if (callers.filter((caller) => caller === peerId).length >= MAX_CIRCUITS_PER_CALLER) return false;
    return this.#modules.isContact(peerId) || this.#fromSameSource(peerId, callers) < MAX_CIRCUITS_PER_SOURCE;
  }

  /** Keys cost nothing, addresses do: how many of these come from where this peer does. */
  #fromSameSource(peerId: PeerId, others: readonly PeerId[]): number {
    const source = this.#modules.sourceOf(peerId);
    return others.filter((other) => this.#modules.sourceOf(other) === source).length;
  }

  async start(parts: NodeParts): Promise<void> {
    this.#stopAnnouncing = announcePublic(parts);
    const missed = await this.#stun.start();
    if (missed.length === 0) return;
    const ports = missed.join(' and ');
    const text = `UDP port ${ports} is used by another program, so this relay answers no STUN requests there.`;
    this.#modules.notify({ id: 'stun', level: 'warning', text });
  }

  async stop(): Promise<void> {
    this.#stopAnnouncing();
    await this.#stun.stop();
  }

  /** libp2p keeps the place of a peer that has gone until its reservation ends; here it is free at once. */
  disconnected(peer: Libp2pPeerId): void {
    const reservation: RelayReservation | undefined = this.#service?.reservations.get(peer);
    if (reservation === undefined) return;
    // Else it would end the next reservation of this peer.
    reservation.signal.clear();
    this.#service?.reservations.delete(peer);
  }

  get stunPorts(): readonly number[] {
    return this.#stun.ports;
  }

  get limits(): RelayView['limits'] {
    return { seconds: this.#options.circuitSeconds, bytes: this.#options.circuitBytes };
  }

  view(): RelayView {
    return {
      reservations: this.#service?.reservations.size ?? 0,
      maxReservations: this.#options.maxReservations,
      circuits: this.#circuits.open,
      bytes: this.#circuits.bytes,
      limits: this.limits,
      stunPorts: [...this.#stun.ports],
    };
  }
}
