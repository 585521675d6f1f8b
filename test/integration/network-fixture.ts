import { noise } from '@chainsafe/libp2p-noise';
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Libp2p, MessageStream } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { openIdentity } from '../../main/host/identity/index.ts';
import type { Identity } from '../../main/host/identity/index.ts';
import { createNetwork } from '../../main/host/network/index.ts';
import type {
  MessageChannel,
  Network,
  NetworkHandlers,
  NetworkOptions,
  NetworkPeer,
} from '../../main/host/network/index.ts';
import { RpcCode, rpcError } from '../../shared/errors.ts';
import { AgentName } from '../../shared/ids.ts';
import type { PeerId } from '../../shared/ids.ts';

export const LOOPBACK = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/quic-v1', '/ip4/127.0.0.1/tcp/0/ws'];
export const ECHO = AgentName.parse('echo');

const DEADLINE_MS = 30_000;
export const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(DEADLINE_MS) });

const running: { stop(): Promise<void> }[] = [];

/** Has something stopped at the end of the test. */
export const stopLater = (one: { stop(): Promise<void> }): void => void running.push(one);

/** Stops all that a test started, the newest first. */
export async function stopAll(): Promise<void> {
  for (;;) {
    const one = running.pop();
    if (one === undefined) return;
    await one.stop();
  }
}

export async function newIdentity(): Promise<Identity> {
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'));
  return openIdentity({ kind: 'plain', load: async () => key, create: async () => undefined });
}

export interface TestNode {
  readonly network: Network;
  readonly identity: Identity;
  readonly peerId: PeerId;
  readonly notices: { id: string; text: string }[];
  /** Channels that peers opened, in their order. */
  readonly channels: MessageChannel[];
  /** How channels ended: null in order. */
  readonly ends: (Error | null)[];
  /** Its address of one kind. */
  at(kind: 'tcp' | 'quic' | 'ws' | 'websocket'): string;
}

export interface TestNodeOptions extends Partial<NetworkOptions> {
  readonly handlers?: Partial<NetworkHandlers>;
  /** What to do with a channel that a peer opened; it echoes where nothing is said. */
  readonly take?: (channel: MessageChannel) => void;
}

/** A network whose agent `echo` says again what it is told. */
export async function startNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const { handlers, take = echo, ...more } = options;
  const identity = more.identity ?? (await newIdentity());
  const channels: MessageChannel[] = [];
  const ends: (Error | null)[] = [];
  const notices: { id: string; text: string }[] = [];
  const network = createNetwork(
    {
      identity,
      listen: LOOPBACK,
      webSocketListen: ['127.0.0.1:0'],
      mdns: false,
      userAgent: 'gatehouse/test',
      ...more,
    },
    {
      cards: () => ({ name: 'test', contact: true, cards: [] }),
      mcp: (_, agent) =>
        agent === ECHO
          ? {
              take: (channel) => {
                channels.push(channel);
                channel.onClose = (error) => ends.push(error);
                take(channel);
              },
            }
          : { error: rpcError(RpcCode.unavailable, 'unknown-agent', 'There is no such agent.') },
      announcement: () => 'ignore',
      announcements: () => [],
      isContact: () => false,
      ...handlers,
    },
  );
  network.on('notice', ({ id, text }) => notices.push({ id, text }));
  await network.start();
  running.push(network);
  const at: TestNode['at'] = (kind) => {
    const pattern = { tcp: /\/tcp\/\d+\/p2p/, quic: /quic-v1/, ws: /\/ws\//, websocket: /^ws:\/\// }[kind];
    const address = network.addresses().find((text) => pattern.test(text));
    if (address === undefined) throw new Error(`The node does not listen by ${kind}.`);
    return address;
  };
  return { network, identity, peerId: identity.peerId, notices, channels, ends, at };
}

const echo = (channel: MessageChannel): void => {
  channel.onLine = (line) => {
    if (!channel.send(line)) channel.pause();
  };
  channel.onDrain = () => channel.resume();
};

/** A libp2p node that knows nothing of Gatehouse, and does what a test tells it to. */
export async function startPlainNode(): Promise<{ node: Libp2p; connections: MessageStream[] }> {
  const connections: MessageStream[] = [];
  const factory = yamux()();
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      () => ({
        protocol: factory.protocol,
        createStreamMuxer: (connection) => {
          connections.push(connection);
          return factory.createStreamMuxer(connection);
        },
      }),
    ],
    services: { identify: identify(), ping: ping() },
  });
  running.push({ stop: async () => node.stop() });
  return { node, connections };
}

/** The state of a peer once it is as a test wants it. */
export function peerWhen(
  node: TestNode,
  peerId: string,
  wanted: (peer: NetworkPeer) => boolean,
): Promise<NetworkPeer> {
  return new Promise((resolve, reject) => {
    const look = (peer: NetworkPeer | undefined): void => {
      if (peer?.peerId !== peerId || !wanted(peer)) return;
      clearTimeout(timer);
      node.network.off('peer', look);
      resolve(peer);
    };
    const timer = setTimeout(() => {
      node.network.off('peer', look);
      reject(new Error(`The peer never became as wanted: ${JSON.stringify(node.network.peers())}`));
    }, DEADLINE_MS);
    node.network.on('peer', look);
    look(node.network.peers().find((peer) => peer.peerId === peerId));
  });
}

export const linked = (peer: NetworkPeer): boolean => peer.links.length > 0;
export const unlinked = (peer: NetworkPeer): boolean => peer.links.length === 0;

export const endOf = (channel: MessageChannel): Promise<Error | null> =>
  new Promise((resolve) => {
    channel.onClose = resolve;
  });

/** The next so many lines. */
export const linesOf = (channel: MessageChannel, count: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const lines: string[] = [];
    channel.onClose = (error) => reject(error ?? new Error('The channel was closed.'));
    channel.onLine = (line) => {
      lines.push(line);
      if (lines.length === count) resolve(lines);
    };
  });
