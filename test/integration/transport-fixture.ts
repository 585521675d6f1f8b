import { EventEmitter, once } from 'node:events';
import type { Stream } from '@libp2p/interface';
import { idOf } from '../../main/host/network/addresses.ts';
import { StreamChannel } from '../../main/host/network/channels/message-channel.ts';
import { Gatekeeper } from '../../main/host/network/gatekeeper.ts';
import type { NetworkOptions } from '../../main/host/network/index.ts';
import { Libp2pTransport } from '../../main/host/network/libp2p-transport.ts';
import { LinkPulses } from '../../main/host/network/links/link-pulse.ts';
import { Links } from '../../main/host/network/links/links.ts';
import { NetworkChanges } from '../../main/host/network/links/network-changes.ts';
import { routeOf } from '../../main/host/network/links/path.ts';
import { PeerTable } from '../../main/host/network/links/peer-table.ts';
import { MAX_STREAMS_PER_LINK } from '../../main/host/network/limits.ts';
import type {
  Introduction,
  LinkConnection,
  StreamAnswer,
  Transport,
  TransportOwner,
} from '../../main/host/network/transport.ts';
import { WebSocketTransport } from '../../main/host/network/websocket/web-socket-transport.ts';
import { RpcCode, rpcError } from '../../shared/errors.ts';
import type { PeerId } from '../../shared/ids.ts';
import type { TransportName } from '../../shared/transports.ts';
import { CARDS_PROTOCOL, MCP_PROTOCOL } from '../../shared/wire.ts';
import { newIdentity, stopLater } from './network-fixture.ts';

/** Both, for tests that are the same for each. */
export const TRANSPORTS = ['libp2p', 'websocket'] as const satisfies readonly TransportName[];

const PATIENCE_MS = 30_000;

/** A transport of either kind on loopback, without the network that would run it, and what it told its owner. */
export interface End {
  readonly transport: Transport;
  readonly peerId: PeerId;
  /** Where it listens, with its peer id at the end. */
  readonly address: string;
  readonly opened: LinkConnection[];
  readonly closed: LinkConnection[];
  readonly introductions: Introduction[];
  /** Who is turned away, and whether everybody is. */
  readonly gatekeeper: Gatekeeper;
  /** What is answered, of `MCP_PROTOCOL` and `CARDS_PROTOCOL`. */
  readonly answers: Map<string, StreamAnswer>;
  untilOpened(count: number): Promise<void>;
  untilClosed(count: number): Promise<void>;
  untilIntroduced(count: number): Promise<void>;
}

export async function startEnd(name: TransportName): Promise<End> {
  const identity = await newIdentity();
  const gatekeeper = new Gatekeeper();
  const pulses = new LinkPulses();
  const peers = new PeerTable(
    () => undefined,
    () => false,
  );
  const links = new Links(identity.peerId, peers);
  const events = new EventEmitter();
  const opened: LinkConnection[] = [];
  const closed: LinkConnection[] = [];
  const introductions: Introduction[] = [];
  const answers = new Map<string, StreamAnswer>();
  const owner: TransportOwner = {
    admits: (peerId) => gatekeeper.admits(peerId),
    isLeaving: () => false,
    isKept: () => false,
    get frozen() {
      return gatekeeper.frozen;
    },
    opened: (connection) => {
      links.opened(connection);
      opened.push(connection);
      events.emit('opened');
    },
    closed: (connection) => {
      links.closed(connection);
      closed.push(connection);
      events.emit('closed');
    },
    introduced: (connection, introduction) => {
      const peerId = idOf(connection.remotePeer);
      const peer = peerId === null ? undefined : peers.get(peerId);
      peer?.links.find((link) => link.connection === connection)?.welcome.resolve(true);
      introductions.push(introduction);
      events.emit('introduced');
    },
    answerTo: (protocol) => answers.get(protocol) ?? null,
    addressesChanged: () => undefined,
    notify: () => undefined,
  };
  const options: NetworkOptions = {
    identity,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    userAgent: 'gatehouse/test',
  };
  const most = { maxInboundStreams: MAX_STREAMS_PER_LINK };
  const transport =
    name === 'libp2p'
      ? new Libp2pTransport(
          options,
          { mdns: false, dht: false, gossip: false, relays: false, stun: [] },
          {
            owner,
            gatekeeper,
            peers,
            links,
            pulses,
            changes: new NetworkChanges(),
            handlers: {
              cards: () => ({ name: '', contact: false, cards: [] }),
              mcp: () => ({ error: rpcError(RpcCode.unavailable, 'unknown-agent', 'There is none.') }),
              announcement: () => 'ignore',
              announcements: () => [],
              isContact: () => false,
            },
            protocols: new Map([
              [MCP_PROTOCOL, most],
              [CARDS_PROTOCOL, most],
            ]),
            isKept: () => false,
            foundOnLan: () => undefined,
            onEvidence: () => undefined,
          },
        )
      : new WebSocketTransport(
          {
            identity,
            listen: ['127.0.0.1:0'],
            tls: null,
            softwareName: options.userAgent,
            dawnMethods: null,
            dawnDialling: null,
          },
          owner,
        );
  await transport.start();
  stopLater({
    stop: async () => {
      links.stop();
      await transport.stop();
      peers.flush();
    },
  });
  const [address] = transport.addresses();
  if (address === undefined) throw new Error('It does not listen.');
  const until = async (what: string, list: readonly unknown[], count: number): Promise<void> => {
    while (list.length < count) await once(events, what, { signal: AbortSignal.timeout(PATIENCE_MS) });
  };
  return {
    transport,
    peerId: identity.peerId,
    address,
    opened,
    closed,
    introductions,
    gatekeeper,
    answers,
    untilOpened: (count) => until('opened', opened, count),
    untilClosed: (count) => until('closed', closed, count),
    untilIntroduced: (count) => until('introduced', introductions, count),
  };
}

/** An address without who is there. */
export const bare = (address: string): string => address.replace(/(\/p2p\/|#).*$/, '');

/** Where nobody listens. */
export const nowhere = (name: TransportName): string =>
  name === 'libp2p' ? '/ip4/127.0.0.1/tcp/1' : 'ws://127.0.0.1:1';

/** The address of a port of this machine. */
export const atPort = (name: TransportName, port: number): string =>
  name === 'libp2p' ? `/ip4/127.0.0.1/tcp/${port}` : `ws://127.0.0.1:${port}`;

export interface LinkedEnds {
  readonly a: End;
  readonly b: End;
  /** The link as each sees it: `a` has dialled. */
  readonly ab: LinkConnection;
  readonly ba: LinkConnection;
}

export async function linkedEnds(name: TransportName): Promise<LinkedEnds> {
  const [a, b] = await Promise.all([startEnd(name), startEnd(name)]);
  const ab = await a.transport.dial({ peerId: b.peerId, addresses: [bare(b.address)] }, soonest());
  await b.untilOpened(1);
  const [ba] = b.opened;
  if (ba === undefined) throw new Error('There is no link.');
  return { a, b, ab, ba };
}

const soonest = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(PATIENCE_MS) });

/** Lines over a stream, without the hello that a network would say first. */
export function channelOver(stream: Stream, connection: LinkConnection): StreamChannel {
  const peerId = idOf(connection.remotePeer);
  if (peerId === null) throw new Error('It has no key that we know.');
  const { path, transport } = routeOf(connection);
  return new StreamChannel(stream, {
    route: { peerId, path, transport },
    budget: null,
    linkOpen: () => connection.status === 'open',
  });
}

/** All that the other side says until it is done. */
export function allOf(stream: Stream): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    stream.addEventListener('message', ({ data }) => parts.push(data.subarray().slice()));
    const done = (): void => resolve(Buffer.concat(parts));
    stream.addEventListener('end', done);
    stream.addEventListener('close', done);
  });
}
