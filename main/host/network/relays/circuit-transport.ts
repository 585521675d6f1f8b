import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2';
import type { Connection, PeerId as Libp2pPeerId, Transport } from '@libp2p/interface';
import { isLoopback, isPrivate } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { MAX_STOP_STREAMS_PER_LINK } from '../limits.ts';

/** Longer than a round trip to the other side of the world, a few times over. */
const RESERVATION_TIMEOUT_MS = 5000;
/** Of one relay, that we announce ours by. Three transports in two families, and some. */
const MAX_ADDRESSES = 8;
/** Of those that it names, the first of which are looked at. */
const MAX_NAMED = 64;

export interface Reservation {
  readonly relay: Libp2pPeerId;
  readonly details: {
    readonly reservation: {
      /** In seconds since 1970. */
      readonly expire: bigint;
      /** Where the relay is, in binary; the first is where it is linked. */
      addrs: readonly Uint8Array[];
    };
  };
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
  /** Gives up the place at one relay; the link to it stays. */
  readonly release: (relay: Libp2pPeerId) => void;
} {
  const { peerId, upgrader, addressManager, connectionGater, connectionManager } = components;
  const { peerStore, registrar, logger, randomWalk, events, transportManager } = components;
  const refuse = async (): Promise<void> =>
    Promise.reject(new Error('There is no reservation with this relay.'));
  const noMoreListeners = new Proxy(transportManager, {
    get: (manager, name): unknown => (name === 'listen' ? refuse : Reflect.get(manager, name)),
  });
  // A place is lost with the connection by which it was made; libp2p has no other way to give up a single one.
  const closings = new EventTarget();
  const tellClosed = (detail: Connection): boolean =>
    closings.dispatchEvent(new CustomEvent('connection:close', { detail }));
  events.addEventListener('connection:close', ({ detail }) => tellClosed(detail));
  const ownEvents = new Proxy(events, {
    get: (_, name): unknown => {
      const value: unknown = Reflect.get(closings, name);
      return typeof value === 'function' ? value.bind(closings) : value;
    },
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
    events: ownEvents,
    transportManager: noMoreListeners,
  });
  if (!isCircuitTransport(transport))
    throw new TypeError('The circuit transport of this libp2p is built in another way.');
  transport.discovery.startDiscovery = () => undefined;
  // Runs before the listeners of libp2p, which announce what is left.
  transport.reservationStore.addEventListener('relay:created-reservation', ({ detail }) => {
    const { reservation } = detail.details;
    reservation.addrs = usefulAddresses(reservation.addrs);
  });
  return {
    transport,
    reservations: transport.reservationStore,
    release: (relay) => connectionManager.getConnections(relay).forEach(tellClosed),
  };
}

/** A relay names whatever it likes, its loopback addresses too. Those count that others can use, if it is not too many. */
export function usefulAddresses(addresses: readonly Uint8Array[]): Uint8Array[] {
  const [linked, ...named] = addresses;
  if (linked === undefined) return [];
  const at = multiaddr(linked);
  const isUseful = (address: Uint8Array): boolean => {
    const parsed = multiaddr(address);
    if (parsed.getComponents().some(({ name }) => name === 'p2p-circuit')) return false;
    if (isLoopback(at)) return true;
    return isPrivate(at) ? !isLoopback(parsed) : !isPrivate(parsed);
  };
  return [linked, ...named.slice(0, MAX_NAMED).filter(isUseful)].slice(0, MAX_ADDRESSES);
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
