import { noise } from '@chainsafe/libp2p-noise';
import { identify, identifyPush } from '@libp2p/identify';
import type { CircuitRelayServerComponents, CircuitRelayService } from '@libp2p/circuit-relay-v2';
import type { ConnectionGater, Libp2p, Transport } from '@libp2p/interface';
import type { AddressManager } from '@libp2p/interface-internal';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { uPnPNAT } from '@libp2p/upnp-nat';
import type { WebRTCTransportComponents } from '@libp2p/webrtc';
import { createLibp2p } from 'libp2p';
import type { Libp2pOptions } from 'libp2p';
import type { Identity } from '../../identity/index.ts';
import { BoundedDatastore } from './bounded-datastore.ts';
import { tableServices, type Table } from '../discovery/distributed-table.ts';
import { boundRelayMessages } from './first-message-bound.ts';
import type { GossipService } from '../discovery/gossip.ts';
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  DIAL_TIMEOUT_MS,
  MAX_DATASTORE_BYTES,
  MAX_FRAME_BYTES,
  MAX_INBOUND_PER_SECOND,
  MAX_LINKS,
  MAX_LINK_BACKLOG_BYTES,
  MAX_PARALLEL_DIALS,
  MAX_PENDING_INBOUND,
  MAX_READ_BUFFER_BYTES,
  MAX_RELAY_INBOUND_PER_SECOND,
  MAX_RELAY_LINKS,
  MAX_RELAY_PENDING_INBOUND,
  MAX_STREAMS_PER_LINK,
  STREAM_WINDOW_BYTES,
} from '../limits.ts';
import type { AutoNatService } from '../reachability/auto-nat.ts';
import type { PortMapper } from '../reachability/port-mapping.ts';
import type { LinkPulses } from '../links/link-pulse.ts';
import { withCurrentAddresses } from './quic-addresses.ts';
import { inSingleWrites } from './single-write.ts';
import { abortableWebSockets } from './web-socket-transport.ts';
import { guardedYamux } from './yamux-guard.ts';

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number];

/** The parts of a libp2p node that it does not show, and that listening, dialling, mDNS and WebRTC need. */
export interface NodeParts extends WebRTCTransportComponents {
  readonly addressManager: AddressManager;
}

export interface NodeOptions {
  readonly identity: Identity;
  /** What we run, as peers see it. */
  readonly userAgent: string;
  readonly gater: ConnectionGater;
  /** Told of the links that run over yamux. */
  readonly pulses: LinkPulses;
  /** Takes part in Gatehouse's own distributed tables. */
  readonly dht: boolean;
  readonly gossip: boolean;
  /** Has routers open the ports that we listen on; null: they are left alone. */
  readonly upnp: PortMapper | null;
  /** A mapped address is announced once a peer has dialled it back, which is what AutoNAT is for. */
  readonly autoNat: AutoNatService;
  /** Addresses to tell others, beside those that were verified. */
  readonly announce: readonly string[];
  /** Links over relays. */
  readonly circuits: TransportFactory;
  /** Relays for others: more links, and a distributed table that serves from the start. */
  readonly relayServer: ((components: CircuitRelayServerComponents) => CircuitRelayService) | null;
}

export interface CreatedNode {
  readonly node: Libp2p;
  readonly parts: () => NodeParts;
  readonly quic: boolean;
  /** Empty where it takes no part in them. */
  readonly tables: readonly Table[];
  readonly gossip: GossipService | null;
}

/** A libp2p node that is not started yet, and listens nowhere. */
export async function createNode(options: NodeOptions): Promise<CreatedNode> {
  const quic = await loadQuic();
  let parts: NodeParts | null = null;
  const relays = options.relayServer !== null;
  const tables: Table[] = [];
  const gossip = options.gossip ? (await import('../discovery/gossip.ts')).gossipService() : null;
  const node = await createLibp2p({
    start: false,
    privateKey: options.identity.privateKey,
    datastore: new BoundedDatastore(MAX_DATASTORE_BYTES),
    nodeInfo: { name: 'gatehouse', userAgent: options.userAgent },
    // Listeners are started one by one in `listening.ts`, so that one busy port does not stop the others.
    addresses: { listen: [], appendAnnounce: [...options.announce] },
    transports: [tcp(), abortableWebSockets(), ...(quic === null ? [] : [quic]), options.circuits],
    connectionEncrypters: [(components) => inSingleWrites(noise()(components))],
    streamMuxers: [
      guardedYamux({
        maxFrameBytes: MAX_FRAME_BYTES,
        maxBacklogBytes: MAX_LINK_BACKLOG_BYTES,
        pulses: options.pulses,
        maxInboundStreams: MAX_STREAMS_PER_LINK,
        maxOutboundStreams: MAX_STREAMS_PER_LINK,
        streamOptions: {
          maxStreamWindowSize: STREAM_WINDOW_BYTES,
          initialStreamWindowSize: 256 * 1024,
          maxReadBufferLength: MAX_READ_BUFFER_BYTES,
        },
      }),
    ],
    connectionGater: options.gater,
    connectionManager: {
      maxConnections: relays ? MAX_RELAY_LINKS : MAX_LINKS,
      maxIncomingPendingConnections: relays ? MAX_RELAY_PENDING_INBOUND : MAX_PENDING_INBOUND,
      inboundConnectionThreshold: relays ? MAX_RELAY_INBOUND_PER_SECOND : MAX_INBOUND_PER_SECOND,
      maxParallelDials: MAX_PARALLEL_DIALS,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
      // Addresses are given in the order in which they are to be tried; see `address-order.ts`.
      addressSorter: () => 0,
      // Redialling is ours: libp2p gives up after a few times.
      reconnectRetries: 0,
    },
    // Links are measured, and found dead, in `round-trip.ts`.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      // Peers learn at once when we are somewhere else.
      identifyPush: identifyPush(),
      ping: ping({ maxInboundStreams: 4, maxOutboundStreams: 4 }),
      ...(options.dht ? tableServices(tables, { serves: relays }) : {}),
      ...(gossip === null ? {} : { gossip: gossip.create }),
      ...(options.upnp === null
        ? {}
        : { autoNAT: options.autoNat, upnp: uPnPNAT({ portMappingClient: options.upnp }) }),
      ...(options.relayServer === null ? {} : { relay: options.relayServer }),
      parts: (components) => {
        boundRelayMessages(components.registrar);
        parts = components;
        return {};
      },
    },
  });
  return {
    node,
    quic: quic !== null,
    tables,
    gossip,
    parts: () => {
      if (parts === null) throw new Error('libp2p did not create its services.');
      return parts;
    },
  };
}

/** QUIC is native code, which may be missing for a platform. Everything else works without it. */
async function loadQuic(): Promise<TransportFactory | null> {
  try {
    const { quic } = await import('@chainsafe/libp2p-quic');
    return (components): Transport => withCurrentAddresses(quic()(components));
  } catch {
    return null;
  }
}
