import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2';
import type { PeerId as Libp2pPeerId, Transport } from '@libp2p/interface';
import { MAX_STOP_STREAMS_PER_LINK } from './limits.ts';

/** Longer than a round trip to the other side of the world, a few times over. */
const RESERVATION_TIMEOUT_MS = 5000;

export interface Reservation {
  readonly relay: Libp2pPeerId;
  /** In seconds since 1970. */
  readonly details: { readonly reservation: { readonly expire: bigint } };
}

/** libp2p's reservations, which it keeps to itself. */
export interface Reservations {
  /** Asks a linked relay. Rejects where it refuses, and where no listener waits for a relay. */
  addRelay(peer: Libp2pPeerId, type: 'discovered'): Promise<Reservation>;
  hasReservation(peer: Libp2pPeerId): boolean;
  addEventListener(
    type: 'relay:created-reservation' | 'relay:removed',
    listener: (event: CustomEvent<Reservation>) => void,
  ): void;
}

interface CircuitTransport extends Transport {
  readonly reservationStore: Reservations;
  readonly discovery: { startDiscovery(): void };
}

/**
 * libp2p's circuit transport, which leaves it to us whom to ask for a reservation. By itself it walks the distributed
 * table at random and dials whomever it finds there, as long as it has not enough relays; and it reserves a place with,
 * and opens a listener for, every peer that offers a circuit unasked.
 * @throws {TypeError} where libp2p's transport is not what it was
 */
export function circuitTransport(components: CircuitRelayTransportComponents): {
  transport: Transport;
  reservations: Reservations;
} {
  const { peerId, upgrader, addressManager, connectionGater, connectionManager } = components;
  const { peerStore, registrar, logger, randomWalk, events, transportManager } = components;
  const noMoreListeners: typeof transportManager = Object.create(transportManager, {
    listen: { value: async () => Promise.reject(new Error('There is no reservation with this relay.')) },
  });
  const transport = circuitRelayTransport({
    reservationCompletionTimeout: RESERVATION_TIMEOUT_MS,
    maxInboundStopStreams: MAX_STOP_STREAMS_PER_LINK,
    maxOutboundStopStreams: MAX_STOP_STREAMS_PER_LINK,
    // Takes every peer for one that was offered before.
    discoveryFilter: { has: () => true, add: () => undefined, remove: () => undefined },
  })({
    peerId,
    upgrader,
    addressManager,
    connectionGater,
    connectionManager,
    peerStore,
    registrar,
    logger,
    randomWalk,
    events,
    transportManager: noMoreListeners,
  });
  if (!isCircuitTransport(transport))
    throw new TypeError('The circuit transport of this libp2p is built in another way.');
  transport.discovery.startDiscovery = () => undefined;
  return { transport, reservations: transport.reservationStore };
}

const isCircuitTransport = (transport: Transport): transport is CircuitTransport =>
  'reservationStore' in transport &&
  has(transport.reservationStore, ['addRelay', 'hasReservation', 'addEventListener']) &&
  'discovery' in transport &&
  has(transport.discovery, ['startDiscovery']);

const has = (part: unknown, methods: readonly string[]): boolean =>
  typeof part === 'object' &&
  part !== null &&
  methods.every((name) => name in part && typeof Reflect.get(part, name) === 'function');
