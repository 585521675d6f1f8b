import type { ComponentLogger, PeerDiscovery, PeerInfo } from '@libp2p/interface';
import type { AddressManager } from '@libp2p/interface-internal';
import { mdns } from '@libp2p/mdns';

/** What mDNS needs of the libp2p node. */
export interface LanDiscoveryComponents {
  readonly addressManager: AddressManager;
  readonly logger: ComponentLogger;
}

export interface LanDiscoveryOptions {
  /** Multicast group and port of others than libp2p's, so that tests do not meet the rest of the world. */
  readonly ip?: string;
  readonly port?: number;
  /** How often to ask who is there. */
  readonly intervalMs?: number;
}

/** mDNS with libp2p's own service name, which can be switched off and on while the node runs. */
export class LanDiscovery {
  readonly #create: () => PeerDiscovery & Startable;
  readonly #onPeer: (peer: PeerInfo) => void;
  #service: (PeerDiscovery & Startable) | null = null;
  /** Switching is one thing at a time. */
  #switching: Promise<void> = Promise.resolve();

  constructor(components: LanDiscoveryComponents, options: LanDiscoveryOptions, onPeer: (peer: PeerInfo) => void) {
    const { ip, port, intervalMs } = options;
    const init = {
      ...(ip === undefined ? {} : { ip }),
      ...(port === undefined ? {} : { port }),
      ...(intervalMs === undefined ? {} : { interval: intervalMs }),
    };
    this.#create = () => asStartable(mdns(init)(components));
    this.#onPeer = onPeer;
  }

  set(enabled: boolean): Promise<void> {
    this.#switching = this.#switching.then(() => (enabled ? this.#start() : this.#stop()));
    return this.#switching;
  }

  async #start(): Promise<void> {
    if (this.#service !== null) return;
    this.#service = this.#create();
    this.#service.addEventListener('peer', this.#onEvent);
    await this.#service.start();
  }

  async #stop(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    service?.removeEventListener('peer', this.#onEvent);
    await service?.stop();
  }

  readonly #onEvent = (event: CustomEvent<PeerInfo>): void => this.#onPeer(event.detail);
}

interface Startable {
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

const asStartable = (service: PeerDiscovery): PeerDiscovery & Startable => {
  if (!isStartable(service)) throw new TypeError('The mDNS service cannot be started.');
  return service;
};

const isStartable = (service: PeerDiscovery): service is PeerDiscovery & Startable =>
  'start' in service && typeof service.start === 'function' && 'stop' in service && typeof service.stop === 'function';
