import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { getNetConfig, isLoopback, isNetworkAddress, isPrivate } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { QueryPacket, ResponsePacket } from 'multicast-dns';
import type { PeerId } from '../../../../shared/ids.ts';
import { ownNetworks } from '../dialling/address-order.ts';
import { withoutPeer } from '../addresses.ts';
import { ipv4Door, lanDoors } from './lan-doors.ts';
import type { LanDoor } from './lan-doors.ts';
import { LIBP2P_SERVICE } from './lan-records.ts';
import type { LanService } from './lan-records.ts';
import { LanSockets } from './lan-sockets.ts';
import type { OwnInterface } from '../links/network-changes.ts';

const PORT = 5353;
const GROUPS = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' };
/** Who may come and go is asked this often. */
const ASK_EVERY_MS = 10_000;
/** After a start or a change: a packet may be lost, and an interface may need a moment. */
const ASK_SOON_MS = [0, 1000, 3000];
/** Answers are wanted by many at once, and given once to all (RFC 6762, section 6). */
const ANSWER_DELAY_MS = { least: 20, most: 120 };
const ANSWER_EVERY_MS = 1000;
/** Where there are many hosts they answer less often, so that all of them together do not fill a wireless network. */
const ANSWER_EVERY_MOST_MS = 5000;
const ANSWER_EVERY_PER_PEER_MS = 25;
/** The same news of a peer comes by every interface and protocol. */
const SAME_NEWS_MS = 1000;
/** Peers that are told of per second: a network full of invented ones must not keep us busy. */
const MAX_NEWS_PER_SECOND = 100;
const MAX_REMEMBERED = 1000;
/** Looks without a single interface that works, before that is said. */
const PATIENCE = 3;

/** What the person is told where multicast works on no interface. */
export const LAN_TROUBLE = {
  id: 'mdns',
  level: 'warning',
  text: 'Peers on this network cannot be found by themselves: another program keeps the mDNS port.',
} as const;

export interface LanDiscoveryOptions {
  /** Multicast group and port, where not those of mDNS. */
  readonly ip?: string;
  readonly port?: number;
  /** IPv4 address of the one interface to use, where not all of them: `127.0.0.1` stays on this machine. */
  readonly interface?: string;
  readonly intervalMs?: number;
}

export interface LanDiscoveryModules {
  /** libp2p's own where nothing is said. */
  readonly service?: LanService;
  /** Ours: multiaddrs, for libp2p with the peer id at the end. */
  addresses(): readonly string[];
  interfaces(): readonly OwnInterface[];
  /** Somebody told of itself; more than once a second only where it has changed. Addresses are without the peer id. */
  onPeer(peerId: PeerId, addresses: readonly string[]): void;
  /** Everything is stopped: nobody is asked, or answered. */
  frozen(): boolean;
  /** There are interfaces, and multicast works on none of them. */
  onTrouble(): void;
}

/** mDNS (DNS-SD) on every interface, by default with libp2p's own service name; it can be switched off and on while the node runs. */
export class LanDiscovery {
  readonly #options: LanDiscoveryOptions;
  readonly #modules: LanDiscoveryModules;
  readonly #name = randomBytes(16).toString('hex');
  #sockets: LanSockets | null = null;
  readonly #timers = new Set<NodeJS.Timeout>();
  #answering: NodeJS.Timeout | null = null;
  #answeredAt = 0;
  #fruitless = 0;
  /** What was last told of a peer, and when; the oldest first. */
  readonly #news = new Map<PeerId, { readonly text: string; readonly at: number }>();
  #newsInSecond = { second: 0, count: 0 };
  /** Switching is one thing at a time. */
  #switching: Promise<void> = Promise.resolve();

  constructor(options: LanDiscoveryOptions, modules: LanDiscoveryModules) {
    this.#options = options;
    this.#modules = modules;
  }

  get #service(): LanService {
    return this.#modules.service ?? LIBP2P_SERVICE;
  }

  set(enabled: boolean): Promise<void> {
    return this.#inTurn(() => (enabled ? this.#start() : this.#stop()));
  }

  /** Interfaces came or went, or the machine slept. */
  networkChanged(): void {
    if (this.#sockets !== null) this.#askSoon();
  }

  async #start(): Promise<void> {
    if (this.#sockets !== null) return;
    const { ip, port = PORT, intervalMs = ASK_EVERY_MS } = this.#options;
    this.#sockets = new LanSockets({
      port,
      question: this.#service.question,
      groups: { ...GROUPS, ...(ip === undefined ? {} : { IPv4: ip }) },
      onQuery: (query) => this.#onQuery(query),
      onResponse: (response, from) => this.#onResponse(response, from),
    });
    this.#timers.add(setInterval(() => void this.#inTurn(() => this.#ask()), intervalMs));
    await this.#ask();
    this.#askSoon();
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (this.#answering !== null) clearTimeout(this.#answering);
    this.#answering = null;
    const sockets = this.#sockets;
    this.#sockets = null;
    this.#news.clear();
    await sockets?.close();
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#switching.then(step);
    this.#switching = done.catch(() => undefined);
    return done;
  }

  #askSoon(): void {
    for (const delay of ASK_SOON_MS) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#inTurn(() => this.#ask());
      }, delay);
      this.#timers.add(timer);
    }
  }

  async #ask(): Promise<void> {
    const sockets = this.#sockets;
    if (sockets === null) return;
    const doors = this.#doors();
    await sockets.follow(doors);
    if (!this.#modules.frozen()) sockets.ask();
    this.#fruitless = doors.length > 0 && sockets.doors.length === 0 ? this.#fruitless + 1 : 0;
    if (this.#fruitless === PATIENCE) this.#modules.onTrouble();
  }

  #doors(): LanDoor[] {
    const { interface: only, ip } = this.#options;
    if (only !== undefined) return [ipv4Door(only, only)];
    const doors = lanDoors(this.#modules.interfaces());
    return ip === undefined ? doors : doors.filter(({ family }) => family === 'IPv4');
  }

  #onQuery(query: QueryPacket): void {
    if (this.#modules.frozen() || !this.#service.asks(query) || this.#answering !== null) return;
    const { least, most } = ANSWER_DELAY_MS;
    const every = Math.min(
      ANSWER_EVERY_MOST_MS,
      ANSWER_EVERY_MS + this.#news.size * ANSWER_EVERY_PER_PEER_MS,
    );
    const delay = Math.max(
      least + Math.random() * (most - least),
      this.#answeredAt + every - performance.now(),
    );
    this.#answering = setTimeout(() => {
      this.#answering = null;
      if (this.#modules.frozen()) return;
      this.#answeredAt = performance.now();
      const addresses = this.#modules.addresses();
      const own = this.#modules.interfaces();
      this.#sockets?.answer((door) => this.#service.answers(this.#name, addressesAt(door, addresses, own)));
    }, delay);
  }

  #onResponse(response: ResponsePacket, from: string): void {
    const told = this.#service.told(response, this.#name, from);
    if (told === null) return;
    const interfaces = this.#modules.interfaces();
    const isOurs =
      from.startsWith('127.') || from === '::1' || interfaces.some(({ address }) => address === from);
    const networks = ownNetworks();
    const addresses = told.addresses
      .filter((address) => isNear(address, { from, isOurs, networks }))
      .map(withoutPeer)
      .toSorted();
    const text = addresses.join(' ');
    if (text === '' || !this.#isNews(told.peerId, text)) return;
    this.#modules.onPeer(told.peerId, addresses);
  }

  #isNews(peerId: PeerId, text: string): boolean {
    const at = performance.now();
    const known = this.#news.get(peerId);
    if (known?.text === text && at - known.at < SAME_NEWS_MS) return false;
    const second = Math.floor(at / 1000);
    if (second !== this.#newsInSecond.second) this.#newsInSecond = { second, count: 0 };
    this.#newsInSecond.count += 1;
    if (this.#newsInSecond.count > MAX_NEWS_PER_SECOND) return false;
    this.#news.delete(peerId);
    this.#news.set(peerId, { text, at });
    const [oldest] = this.#news.keys();
    if (this.#news.size > MAX_REMEMBERED && oldest !== undefined) this.#news.delete(oldest);
    return true;
  }
}

/** Those of the interface itself first, and of this machine's own use last: there is room for so many only. */
function addressesAt(door: LanDoor, addresses: readonly string[], own: readonly OwnInterface[]): string[] {
  const atDoor = own.filter(({ name }) => name === door.name).map(({ address }) => `/${address}/`);
  const rank = (address: string): number => {
    if (atDoor.some((host) => address.includes(host))) return 0;
    return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address) ? 2 : 1;
  };
  return addresses
    .filter((address) => !address.includes('/p2p-circuit'))
    .toSorted((a, b) => rank(a) - rank(b));
}

interface Neighbourhood {
  readonly from: string;
  /** The packet came from this machine. */
  readonly isOurs: boolean;
  readonly networks: ReturnType<typeof ownNetworks>;
}

/**
 * What comes by multicast is nobody's word. It may have us connect to where it came from and to private networks,
 * but to no address on the internet, and to this machine only where it came from this machine.
 */
function isNear(address: Multiaddr, { from, isOurs, networks }: Neighbourhood): boolean {
  if (!isNetworkAddress(address)) return false;
  if (isLoopback(address)) return isOurs;
  const { host } = getNetConfig(address);
  return isPrivate(address) || host === from || networks.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}
