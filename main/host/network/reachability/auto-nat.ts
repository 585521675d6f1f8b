/**
 * AutoNAT v2 of libp2p, both sides of it, with its connections kept apart from the links: it connects to a peer that is
 * linked already, and hangs up as soon as it knows whether that works.
 */
import { autoNATv2, type AutoNATv2Components } from '@libp2p/autonat-v2';
import type { Connection, StreamHandler, Topology } from '@libp2p/interface';
import type { ConnectionManager, Registrar, TransportManager } from '@libp2p/interface-internal';
import { isMultiaddr } from '@multiformats/multiaddr';
import { idOf } from '../addresses.ts';
import { deadline } from '../../deadline.ts';
import { withOther } from '../node/with-other.ts';
import type { TestConnections } from './test-connections.ts';

const DIAL_REQUEST = '/libp2p/autonat/2/dial-request';
const DIAL_BACK = '/libp2p/autonat/2/dial-back';
const DIAL_MS = 4000;

export interface AutoNatComponents extends AutoNATv2Components {
  readonly transportManager: TransportManager;
}

export type AutoNatService = (components: AutoNatComponents) => unknown;

/** For libp2p. */
export function autoNatService(tests: TestConnections): AutoNatService {
  const factory = autoNATv2();
  return (components) => {
    const { registrar, addressManager, connectionManager, logger, randomWalk, peerStore } = components;
    return factory({
      addressManager,
      logger,
      randomWalk,
      peerStore,
      connectionManager: dialling(connectionManager, components.transportManager, tests),
      registrar: asking(registrar, tests),
    });
  };
}

/** Who is tested for others is dialled past the queue, which might hand out a link that somebody else waits for. */
const dialling = (
  connections: ConnectionManager,
  transports: TransportManager,
  tests: TestConnections,
): ConnectionManager =>
  withOther(connections, {
    openConnection: async (peer, options) => {
      if (!isMultiaddr(peer)) return await connections.openConnection(peer, options);
      const limit = deadline(DIAL_MS, options?.signal);
      try {
        return await tests.make(peer, () => transports.dial(peer, { signal: limit.signal }));
      } finally {
        limit.release();
      }
    },
  });

/** Notices whom AutoNAT asks for us, and what is made for that. */
const asking = (registrar: Registrar, tests: TestConnections): Registrar =>
  withOther(registrar, {
    register: async (protocol, topology, options) =>
      await registrar.register(
        protocol,
        protocol === DIAL_REQUEST ? onLinksOnly(topology, tests) : topology,
        options,
      ),
    handle: async (protocol, handler, options) => {
      const proving: StreamHandler = (stream, connection) => {
        tests.proven(connection);
        return handler(stream, connection);
      };
      await registrar.handle(protocol, protocol === DIAL_BACK ? proving : handler, options);
    },
  });

const onLinksOnly = (topology: Topology, tests: TestConnections): Topology => ({
  ...topology,
  onConnect: (peer, connection) => {
    // There is a link to whoever made it, and each would bring forth another one.
    if (!tests.isTest(connection)) void topology.onConnect?.(peer, expecting(connection, tests));
  },
});

const expecting = (connection: Connection, tests: TestConnections): Connection =>
  withOther(connection, {
    newStream: async (protocols, options) => {
      const stream = await connection.newStream(protocols, options);
      const peerId = idOf(connection.remotePeer);
      if (peerId === null) return stream;
      const expected = tests.expect(peerId);
      if (stream.status === 'open')
        stream.addEventListener('close', () => tests.over(expected), { once: true });
      else tests.over(expected);
      return stream;
    },
  });
