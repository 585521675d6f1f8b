import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Gateway, PortMapping } from '@achingbrain/nat-port-mapper';
import type { RouterView } from '../../../../shared/reachability.ts';
import { deadline } from '../../deadline.ts';
import { canonicalIp, scopeOf } from '../ip-address.ts';
import { isAnswer, problemOf, SILENT } from './router-problems.ts';

const WAN_IP_CONNECTION = 'urn:schemas-upnp-org:service:WANIPConnection:2';
/** Routers hold a port open for an hour; asked anew well before that. */
const RENEW_MS = 20 * 60 * 1000;
const ANSWER_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 2000;
/** After so many questions in vain the router is taken to be gone; when it answers again, it is back. */
const GONE_AFTER = 4;
const MAX_PORTS = 32;
/** In characters: routers choose it. */
const MAX_LOCATION = 300;

/** A port of the router that leads to one of ours. */
export interface OpenPort {
  readonly internalHost: string;
  readonly internalPort: number;
  /** Null while unknown. */
  readonly externalIp: string | null;
  readonly externalPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** A port of ours that routers are to forward to. */
export interface WantedPort {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

interface HeldPort {
  readonly mapping: PortMapping;
  renewedAt: number;
}

export interface RouterPortsParts {
  /** Ours that lie in the router's network. */
  wanted(routerHost: string): Promise<readonly WantedPort[]>;
  changed(): void;
}

/** What the library keeps to itself. */
export interface Router extends Gateway {
  readonly mappings: Map<number, unknown>;
  getGateway(options?: { signal?: AbortSignal }): Promise<RouterDevice>;
}

interface RouterDevice {
  readonly service: { readonly location: URL; expires: number };
  run(
    service: string,
    action: string,
    args: [string, string | number][],
    options?: { signal?: AbortSignal },
  ): Promise<unknown>;
}

export const isRouter = (gateway: Gateway): gateway is Router =>
  gateway.family === 'IPv4' &&
  'mappings' in gateway &&
  gateway.mappings instanceof Map &&
  'getGateway' in gateway;

/**
 * The ports that one router of IPv4 holds open for us, and what is known of it. Does right what the library does wrong:
 * that does not say of which protocol the port is that it gives back, so that routers keep it open, and where one port
 * is open for TCP and UDP, it renews them twice as often each time. A router that was restarted has forgotten us, and
 * may answer at another port: both is noticed here within a minute.
 */
export class RouterPorts {
  readonly #gateway: Router;
  readonly #parts: RouterPortsParts;
  readonly #map: Gateway['map'];
  readonly #held = new Map<string, HeldPort>();
  #device: RouterDevice | null = null;
  #location: string;
  #externalIp: string | null = null;
  /** It was asked for its address outside, and named none. */
  #hasNoAddress = false;
  #problem: string | null = null;
  #unanswered = 0;
  #stopped = false;
  readonly #opening = new Set<Promise<PortMapping>>();
  #checking: Promise<void> | null = null;

  /** Takes the gateway over: what libp2p asks of it goes through here from now on. */
  constructor(gateway: Router, parts: RouterPortsParts) {
    this.#gateway = gateway;
    this.#parts = parts;
    this.#map = gateway.map.bind(gateway);
    this.#location = `http://${gateway.host}:${gateway.port}/`.slice(0, MAX_LOCATION);
    const getGateway = gateway.getGateway.bind(gateway);
    const externalIp = gateway.externalIp.bind(gateway);
    const stop = gateway.stop.bind(gateway);
    gateway.getGateway = async (options) => {
      this.#device = await getGateway(options);
      this.#location = this.#device.service.location.href.slice(0, MAX_LOCATION);
      return this.#device;
    };
    gateway.externalIp = async (options) => this.#learn(() => externalIp(options));
    gateway.map = async (port, host, options) => {
      const wanted = await parts.wanted(gateway.host);
      if (!wanted.some((one) => one.host === host))
        throw new Error('That address is not in the network of this router.');
      const protocol = options?.protocol?.toUpperCase() === 'UDP' ? 'UDP' : 'TCP';
      const held = this.#held.get(keyOf({ host, port, protocol: protocol === 'UDP' ? 'udp' : 'tcp' }));
      // It has been opened by `check`.
      if (held !== undefined && Date.now() - held.renewedAt < RENEW_MS) return held.mapping;
      return await this.#open(port, host, protocol, options?.signal);
    };
    gateway.unmap = async (port, options) => {
      const these = [...this.#held.values()].filter(({ mapping }) => mapping.internalPort === port);
      await this.#giveBack(these, options?.signal);
    };
    gateway.stop = async (options) => {
      this.#stopped = true;
      // libp2p's own limit would be over where a router is slow.
      const limit = deadline(STOP_TIMEOUT_MS);
      // What the router is opening at this moment is not held yet, and would stay open.
      await Promise.race([Promise.allSettled(this.#opening), once(limit.signal, 'abort')]);
      limit.release();
      const giving = deadline(STOP_TIMEOUT_MS);
      await this.#giveBack([...this.#held.values()], giving.signal);
      giving.release();
      await stop(options);
    };
  }

  get id(): string {
    return `${this.#gateway.id} ${this.#gateway.family}`;
  }

  /**
   * Null where it has not answered for long.
   *
   * @param seenOutside servers elsewhere see us at a public IPv4 address. A router that has none then is behind another
   * one; some say so by an address that is private, some by none at all.
   */
  view(seenOutside: boolean): RouterView | null {
    if (this.#unanswered >= GONE_AFTER) return null;
    return {
      location: this.#location,
      externalIp: this.#externalIp,
      doubleNat: this.#isBehindAnother() || (seenOutside && this.#hasNoAddress),
      mappings: [...this.#held.values()].map(({ mapping, renewedAt }) => ({
        protocol: protocolOf(mapping),
        internalPort: mapping.internalPort,
        externalPort: mapping.externalPort,
        renewedAt,
      })),
      problem: this.#problem,
    };
  }

  openPorts(): OpenPort[] {
    if (this.#unanswered >= GONE_AFTER) return [];
    return [...this.#held.values()].map(({ mapping }) => ({
      internalHost: mapping.internalHost,
      internalPort: mapping.internalPort,
      externalIp: this.#externalIp,
      externalPort: mapping.externalPort,
      protocol: protocolOf(mapping),
    }));
  }

  /** Sees to it that the router holds open what we want, and nothing else. One at a time; it never fails. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
      this.#parts.changed();
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    if (this.#stopped) return;
    const limit = deadline(ANSWER_TIMEOUT_MS * 3);
    try {
      const ip = await this.#gateway.externalIp({ signal: limit.signal });
      // A router behind another one would open its port to that one only.
      if (scopeOf(ip) !== 'public' || this.#stopped) return;
      const wanted = await this.#parts.wanted(this.#gateway.host);
      const isWanted = ({ mapping }: HeldPort): boolean =>
        wanted.some((one) => keyOf(one) === keyOf(wantedOf(mapping)));
      await this.#giveBack(
        [...this.#held.values()].filter((held) => !isWanted(held)),
        limit.signal,
      );
      for (const one of wanted) {
        const held = this.#held.get(keyOf(one));
        if (held !== undefined && (await this.#isStillThere(held, limit.signal))) continue;
        await this.#open(one.port, one.host, one.protocol === 'udp' ? 'UDP' : 'TCP', limit.signal);
      }
    } catch {
      // What went wrong is kept as the router's problem; the next check tries again.
    } finally {
      limit.release();
    }
  }

  async #learn(ask: () => Promise<string>): Promise<string> {
    const [before, wasLost] = [this.#externalIp, this.#unanswered > 0];
    const ip = await this.#asking(ask);
    // What comes from XML may be an empty element as well.
    const isAddress = typeof ip === 'string' && isIP(ip) !== 0 && ip !== '0.0.0.0';
    this.#externalIp = isAddress ? canonicalIp(ip) : null;
    const hadNone = this.#hasNoAddress;
    this.#hasNoAddress = !isAddress;
    if (hadNone !== this.#hasNoAddress) this.#parts.changed();
    if (this.#externalIp !== null && this.#externalIp !== before) this.#parts.changed();
    // It has another address, or was away: it may have forgotten what it held open.
    if ((before !== null && before !== this.#externalIp) || wasLost) {
      queueMicrotask(() => {
        for (const held of this.#held.values())
          held.renewedAt = Math.min(held.renewedAt, Date.now() - RENEW_MS);
        void this.check();
      });
    }
    return ip;
  }

  async #open(
    port: number,
    host: string,
    protocol: 'TCP' | 'UDP',
    signal?: AbortSignal,
  ): Promise<PortMapping> {
    if (this.#stopped) throw new Error('The network stops.');
    const opening = this.#openNow(port, host, protocol, signal);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  async #openNow(
    port: number,
    host: string,
    protocol: 'TCP' | 'UDP',
    signal?: AbortSignal,
  ): Promise<PortMapping> {
    const key = keyOf({ host, port, protocol: protocol === 'UDP' ? 'udp' : 'tcp' });
    if (!this.#held.has(key) && this.#held.size >= MAX_PORTS) throw new Error('Enough ports are open.');
    const externalPort = this.#held.get(key)?.mapping.externalPort;
    const limit = deadline(ANSWER_TIMEOUT_MS, signal);
    try {
      const mapping = await this.#asking(() =>
        this.#map(port, host, {
          protocol,
          autoRefresh: false,
          signal: limit.signal,
          ...(externalPort === undefined ? {} : { externalPort }),
        }),
      );
      this.#gateway.mappings.delete(port);
      // The library takes for a port whatever the router answers.
      if (!isPort(mapping.externalPort)) throw new Error('The router named a port that there is not.');
      this.#held.set(key, { mapping, renewedAt: Date.now() });
      this.#problem = null;
      return mapping;
    } catch (error) {
      this.#problem = problemOf(error);
      throw error;
    } finally {
      limit.release();
      this.#parts.changed();
    }
  }

  async #isStillThere({ mapping, renewedAt }: HeldPort, signal: AbortSignal): Promise<boolean> {
    if (Date.now() - renewedAt >= RENEW_MS) return false;
    try {
      const answer = await this.#asking(() => this.#run('GetSpecificPortMappingEntry', mapping, signal));
      return JSON.stringify(answer).includes(`"${mapping.internalHost}"`);
    } catch {
      // It has no such entry, or cannot tell: then it is asked for it again.
      return false;
    }
  }

  async #giveBack(ports: readonly HeldPort[], signal?: AbortSignal): Promise<void> {
    const given = ports.map(async ({ mapping }) => {
      this.#held.delete(keyOf(wantedOf(mapping)));
      await this.#run('DeletePortMapping', mapping, signal);
    });
    await Promise.allSettled(given);
  }

  async #run(
    action: string,
    { externalPort, protocol }: PortMapping,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const options = signal === undefined ? {} : { signal };
    const router = await this.#gateway.getGateway(options);
    const which: [string, string | number][] = [
      ['NewRemoteHost', ''],
      ['NewExternalPort', externalPort],
      ['NewProtocol', protocol],
    ];
    return await router.run(WAN_IP_CONNECTION, action, which, options);
  }

  /** Counts whether it answers at all; one that does not may have moved to another port, so it is looked for anew. */
  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.#unanswered = 0;
      if (this.#problem === SILENT) this.#problem = null;
      return answer;
    } catch (error) {
      if (isAnswer(error)) this.#unanswered = 0;
      else {
        this.#unanswered += 1;
        this.#problem = SILENT;
        if (this.#device !== null) this.#device.service.expires = 0;
        this.#parts.changed();
      }
      throw error;
    }
  }

  #isBehindAnother(): boolean {
    return this.#externalIp !== null && scopeOf(this.#externalIp) !== 'public';
  }
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

const keyOf = ({ host, port, protocol }: WantedPort): string => `${protocol} ${host}:${port}`;

const protocolOf = ({ protocol }: PortMapping): 'tcp' | 'udp' =>
  protocol.toUpperCase() === 'UDP' ? 'udp' : 'tcp';

const wantedOf = (mapping: PortMapping): WantedPort => ({
  host: mapping.internalHost,
  port: mapping.internalPort,
  protocol: protocolOf(mapping),
});
