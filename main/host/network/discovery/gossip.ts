/** GossipSub (libp2p pubsub specification, v1.2) on the one topic of announcements. */
import { createHash } from 'node:crypto';
import {
  gossipsub,
  StrictSign,
  TopicValidatorResult,
  type GossipSub,
  type GossipSubComponents,
} from '@libp2p/gossipsub';
import type { Connection, Libp2p, Topology } from '@libp2p/interface';
import { CARDS_TOPIC, MAX_ANNOUNCEMENT_BYTES } from '../../../../shared/wire.ts';
import { idOf } from '../addresses.ts';
import type { NetworkHandlers } from '../index.ts';

/**
 * Most hosts are linked to one hub only, and a mesh of few neighbours leaves the others to chance. So the mesh is
 * wide, and whoever is not in it hears at the next heartbeat what there is, and asks for it.
 */
const MESH = { D: 16, Dlo: 8, Dhi: 32, Dscore: 4, Dout: 2, Dlazy: 8, gossipFactor: 1 } as const;

/** Nobody is punished for silence or for sharing an address; what is forged costs, and is forgotten in minutes. */
const SCORING = {
  scoreParams: {
    // Thirty hosts behind one router are a company, not an attack.
    IPColocationFactorWeight: 0,
    behaviourPenaltyThreshold: 6,
    behaviourPenaltyDecay: 0.9,
    retainScore: 10 * 60_000,
    topics: {
      [CARDS_TOPIC]: {
        topicWeight: 1,
        timeInMeshWeight: 0.01,
        timeInMeshQuantum: 1000,
        timeInMeshCap: 300,
        firstMessageDeliveriesWeight: 0.5,
        firstMessageDeliveriesDecay: 0.99,
        firstMessageDeliveriesCap: 10,
        meshMessageDeliveriesWeight: 0,
        meshMessageDeliveriesDecay: 0.5,
        meshMessageDeliveriesCap: 1,
        meshMessageDeliveriesThreshold: 1,
        meshMessageDeliveriesWindow: 10,
        meshMessageDeliveriesActivation: 5000,
        meshFailurePenaltyWeight: 0,
        meshFailurePenaltyDecay: 0.5,
        // By the square of their number: three are enough to be ignored.
        invalidMessageDeliveriesWeight: -20,
        invalidMessageDeliveriesDecay: 0.99,
      },
    },
  },
  scoreThresholds: { gossipThreshold: -40, publishThreshold: -80, graylistThreshold: -160 },
};

const BOUNDS = {
  allowedTopics: [CARDS_TOPIC],
  maxTopicBytesPerPeer: 4096,
  // Of one frame, which may hold the answer to a request for many announcements.
  maxInboundDataLength: 1024 * 1024,
  maxOutboundBufferSize: 2 * 1024 * 1024,
  maxInboundStreams: 2,
  maxOutboundStreams: 2,
  messageProcessingConcurrency: 8,
  decodeRpcLimits: {
    maxSubscriptions: 16,
    maxMessages: 512,
    maxIhaveMessageIDs: 5000,
    maxIwantMessageIDs: 5000,
    maxIdontwantMessageIDs: 512,
    maxControlMessages: 64,
    maxPeerInfos: 16,
  },
};

type Topologies = Map<string, Topology>;

export interface GossipService {
  readonly create: (components: GossipSubComponents) => GossipSub;
  /** Once the node exists. */
  attach(node: Libp2p, handlers: Pick<NetworkHandlers, 'announcement'>): Gossip;
}

/** The libp2p service, not subscribed yet. */
export function gossipService(): GossipService {
  let service: GossipSub | null = null;
  const topologies: Topologies = new Map();
  const factory = gossipsub({
    ...MESH,
    ...SCORING,
    ...BOUNDS,
    globalSignaturePolicy: StrictSign,
    // One announcement is one message, whoever passed it on first.
    msgIdFn: (message) => createHash('sha256').update(message.data).digest().subarray(0, 20),
    emitSelf: false,
    floodPublish: true,
    fallbackToFloodsub: false,
    // Nobody is dialled because somebody named it.
    doPX: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // Relays carry calls, not gossip; they are linked directly themselves.
    runOnLimitedConnection: false,
    // Links are kept or closed for other reasons.
    tagMeshPeers: false,
  });
  return {
    attach: (node, handlers) => {
      if (service === null) throw new Error('libp2p did not create its gossip.');
      return new Gossip(node, service, topologies, handlers);
    },
    create: (components) => {
      const { registrar } = components;
      // Kept so that a peer whose gossip ran on a link that was closed can be connected again on another.
      const register: typeof registrar.register = async (protocol, topology, options) => {
        topologies.set(protocol, topology);
        return await registrar.register(protocol, topology, options);
      };
      const watched = new Proxy(registrar, {
        get: (target, name) => {
          if (name === 'register') return register;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      service = factory({ ...partsOf(components), registrar: watched });
      return service;
    },
  };
}

/** Libp2p's components are a proxy, which cannot be spread. */
const partsOf = (components: GossipSubComponents): GossipSubComponents => ({
  privateKey: components.privateKey,
  peerId: components.peerId,
  peerStore: components.peerStore,
  registrar: components.registrar,
  connectionManager: components.connectionManager,
  logger: components.logger,
});

const VERDICTS = {
  accept: TopicValidatorResult.Accept,
  known: TopicValidatorResult.Ignore,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const;

/** Tells announcements, and hears those of others. */
export class Gossip {
  readonly #node: Libp2p;
  readonly #service: GossipSub;
  readonly #topologies: Topologies;
  readonly #publishing = new Set<Promise<unknown>>();
  readonly #onClose = ({ detail }: CustomEvent<Connection>): void => this.#seatAnew(detail);

  constructor(
    node: Libp2p,
    service: GossipSub,
    topologies: Topologies,
    handlers: Pick<NetworkHandlers, 'announcement'>,
  ) {
    this.#node = node;
    this.#service = service;
    this.#topologies = topologies;
    service.topicValidators.set(CARDS_TOPIC, (source, { data }) => {
      const from = idOf(source);
      if (from === null) return VERDICTS.ignore;
      if (data.length > MAX_ANNOUNCEMENT_BYTES) return VERDICTS.reject;
      return VERDICTS[handlers.announcement(Buffer.from(data).toString('latin1'), from)];
    });
  }

  /** The node must run. */
  set(enabled: boolean): void {
    if (enabled === this.enabled) return;
    if (enabled) {
      this.#service.subscribe(CARDS_TOPIC);
      this.#node.addEventListener('connection:close', this.#onClose);
    } else {
      this.#service.unsubscribe(CARDS_TOPIC);
      this.#node.removeEventListener('connection:close', this.#onClose);
    }
  }

  get enabled(): boolean {
    return this.#service.getTopics().includes(CARDS_TOPIC);
  }

  publish(announcement: string): void {
    if (!this.enabled) return;
    const published = this.#service
      .publish(CARDS_TOPIC, Buffer.from(announcement, 'latin1'))
      // Nobody waits for it: it is said again in ten minutes.
      .catch(() => undefined)
      .finally(() => this.#publishing.delete(published));
    this.#publishing.add(published);
  }

  /** Somebody else than this peer would hear what we publish. */
  hasListenersBeside(peerId: string): boolean {
    return this.#service.getSubscribers(CARDS_TOPIC).some((peer) => peer.toString() !== peerId);
  }

  /** Waits until what was published has been handed to the links. */
  async stop(): Promise<void> {
    await Promise.all(this.#publishing);
    this.#node.removeEventListener('connection:close', this.#onClose);
  }

  /** Gossip runs on one link to a peer. Where that is gone and another stands, it goes on there. */
  #seatAnew({ remotePeer }: Connection): void {
    const left = this.#node
      .getConnections(remotePeer)
      .filter(({ status, limits }) => status === 'open' && limits === undefined);
    const [next] = left;
    if (next === undefined || left.some(carriesGossip)) return;
    // One and the same, registered for each version of the protocol; gossipsub does all of it at once.
    const [topology] = this.#topologies.values();
    void topology?.onDisconnect?.(remotePeer);
    void topology?.onConnect?.(remotePeer, next);
  }
}

const carriesGossip = ({ streams }: Connection): boolean =>
  streams.some(({ protocol, direction }) => direction === 'outbound' && protocol.startsWith('/meshsub/'));
