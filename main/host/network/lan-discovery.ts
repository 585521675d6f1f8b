import type { ComponentLogger, PeerDiscovery, PeerInfo } from '@libp2p/interface';
import type { AddressManager } from '@libp2p/interface-internal';
import { mdns } from '@libp2p/mdns';
import multicastDns from 'multicast-dns';
import type { MulticastDNS, QueryPacket, ResponsePacket } from 'multicast-dns';

/** Who may come and go is asked this often. */
const ASK_EVERY_MS = 10_000;
const SERVICE = '_p2p._udp.local';

/** What mDNS needs of the libp2p node. */
export interface LanDiscoveryComponents {
  readonly addressManager: AddressManager;
  readonly logger: ComponentLogger;
}

export interface LanDiscoveryOptions {
  /** Multicast group and port, where not those of mDNS. */
  readonly ip?: string;
  readonly port?: number;
  /** IPv4 address of the one interface to use, where not the default one: `127.0.0.1` stays on this machine. */
  readonly interface?: string;
  readonly intervalMs?: number;
}

/** mDNS with libp2p's own service name, which can be switched off and on while the node runs. */
export class LanDiscovery {
  readonly #components: LanDiscoveryComponents;
  readonly #options: LanDiscoveryOptions;
  readonly #onPeer: (peer: PeerInfo) => void;
  #service: MdnsService | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Switching is one thing at a time. */
  #switching: Promise<void> = Promise.resolve();

  constructor(
    components: LanDiscoveryComponents,
    options: LanDiscoveryOptions,
    onPeer: (peer: PeerInfo) => void,
  ) {
    this.#components = components;
    this.#options = options;
    this.#onPeer = onPeer;
  }

  set(enabled: boolean): Promise<void> {
    const done = this.#switching.then(() => (enabled ? this.#start() : this.#stop()));
    this.#switching = done.catch(() => undefined);
    return done;
  }

  async #start(): Promise<void> {
    if (this.#service !== null) return;
    const { ip, port, intervalMs = ASK_EVERY_MS } = this.#options;
    const service = asMdnsService(
      mdns({
        interval: intervalMs,
        serviceTag: SERVICE,
        ...(ip === undefined ? {} : { ip }),
        ...(port === undefined ? {} : { port }),
      })(this.#components),
    );
    this.#service = service;
    service.addEventListener('peer', this.#onEvent);
    if (this.#options.interface !== undefined) this.#bindTo(service, this.#options.interface, intervalMs);
    await service.start();
  }

  /**
   * The service makes a socket for all interfaces; it has no option for one of them. It takes one that is there
   * already, though, and is otherwise left as it is.
   */
  #bindTo(service: MdnsService, address: string, intervalMs: number): void {
    const { ip, port } = this.#options;
    const socket = multicastDns({
      interface: address,
      // Bound to the interface's own address, it would not be given what is sent to the group.
      bind: '0.0.0.0',
      ...(ip === undefined ? {} : { ip }),
      ...(port === undefined ? {} : { port }),
    });
    service.mdns = socket;
    socket.on('query', service._onMdnsQuery);
    socket.on('response', service._onMdnsResponse);
    socket.on('warning', service._onMdnsWarning);
    socket.on('error', service._onMdnsError);
    const ask = (): void => socket.query({ questions: [{ name: SERVICE, type: 'PTR' }] });
    this.#timer = setInterval(ask, intervalMs);
    ask();
  }

  async #stop(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    clearInterval(this.#timer);
    service?.removeEventListener('peer', this.#onEvent);
    await service?.stop();
  }

  readonly #onEvent = (event: CustomEvent<PeerInfo>): void => this.#onPeer(event.detail);
}

/** What `@libp2p/mdns` makes, which exports no type for it. */
interface MdnsService extends PeerDiscovery {
  mdns?: MulticastDNS;
  start(): Promise<void>;
  stop(): Promise<void>;
  _onMdnsQuery(this: void, query: QueryPacket): void;
  _onMdnsResponse(this: void, response: ResponsePacket): void;
  _onMdnsWarning(this: void, error: Error): void;
  _onMdnsError(this: void, error: Error): void;
}

function asMdnsService(service: PeerDiscovery): MdnsService {
  if (!isMdnsService(service))
    throw new TypeError('The mDNS service is not the one that Gatehouse was written for.');
  return service;
}

const isMdnsService = (service: PeerDiscovery): service is MdnsService =>
  'start' in service && 'stop' in service && '_onMdnsQuery' in service && '_onMdnsResponse' in service;
