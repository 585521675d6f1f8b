import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { upnpNat } from '@achingbrain/nat-port-mapper';
import type { Gateway, UPnPNAT } from '@achingbrain/nat-port-mapper';
import type { RouterView } from '../../../../shared/reachability.ts';
import { deadline } from '../../deadline.ts';
import { scopeOf } from '../ip-address.ts';
import { parseIpMultiaddr } from '../ip-multiaddr.ts';
import { isRouter, RouterPorts } from './router-ports.ts';
import type { OpenPort, WantedPort } from './router-ports.ts';

/** How long routers are looked for at a time, and how often while there is one. */
const SEARCH_MS = 5000;
const SEARCH_AGAIN_MS = 5 * 60 * 1000;
/** While there is none: it may come up later than this machine. */
const SEARCH_SOON_MS = 10_000;
const ASK_EVERY_MS = 1000;
/** How often a router is asked whether it still holds our ports open. */
const CHECK_MS = 60_000;
const MAX_ROUTERS = 8;

export interface PortMapperOptions {
  /** What the router's own pages call the open ports. */
  readonly description: string;
  /** Where we listen, as multiaddrs without a peer id. */
  readonly listening: () => readonly string[];
  /** Everything is stopped: no router is looked for, or asked. The ports stay, as nothing answers behind them. */
  readonly frozen: () => boolean;
  /** A router was found, or there is something new of one. */
  readonly changed: () => void;
}

/**
 * Finds the routers of this network, and has them open our ports. libp2p drives it as its UPnP client; what that does
 * not do is done here: it looks again when the network changes, and sees to it that the ports stay open.
 */
export class PortMapper implements UPnPNAT {
  readonly #options: PortMapperOptions;
  readonly #client: UPnPNAT;
  readonly #routers = new Map<string, RouterPorts>();
  readonly #ending = new AbortController();
  /** Ends the wait for the next search. */
  #hurry: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PortMapperOptions) {
    this.#options = options;
    this.#client = upnpNat({ description: options.description });
  }

  /** @param seenOutside servers elsewhere see us at a public IPv4 address */
  views(seenOutside = false): RouterView[] {
    return [...this.#routers.values()]
      .map((router) => router.view(seenOutside))
      .filter((view) => view !== null);
  }

  openPorts(): OpenPort[] {
    return [...this.#routers.values()].flatMap((router) => router.openPorts());
  }

  /** Looks for routers now, and has those that are known open what they may have forgotten. */
  async check(): Promise<void> {
    this.#hurry?.();
    await this.#checkAll();
  }

  /** Ends the search. libp2p stops the routers, which gives the ports back. */
  stop(): void {
    this.#ending.abort(new Error('The network stops.'));
    clearInterval(this.#timer);
    this.#hurry?.();
  }

  /** Goes on until `stop`, whatever libp2p's own signal says: that would not look again for five minutes. */
  async *findGateways(): AsyncGenerator<Gateway, void, unknown> {
    this.#timer ??= setInterval(() => void this.#checkAll(), CHECK_MS).unref();
    while (!this.#ending.signal.aborted) {
      if (this.#options.frozen()) {
        await this.#wait(SEARCH_SOON_MS);
        continue;
      }
      const limit = deadline(SEARCH_MS, this.#ending.signal);
      try {
        const found = this.#client.findGateways({ signal: limit.signal, searchInterval: ASK_EVERY_MS });
        for await (const gateway of found) {
          const router = this.#takeUp(gateway);
          if (router !== null) yield router;
        }
      } catch {
        // No interface to look on, perhaps; there may be one later.
      } finally {
        limit.release();
      }
      await this.#wait(this.#routers.size === 0 ? SEARCH_SOON_MS : SEARCH_AGAIN_MS);
    }
  }

  async getGateway(descriptor: URL, options?: { signal?: AbortSignal }): Promise<Gateway> {
    const gateway = await this.#client.getGateway(descriptor, options);
    return this.#takeUp(gateway) ?? gateway;
  }

  /** Null for one that is known, or one too many. */
  #takeUp(gateway: Gateway): Gateway | null {
    // Openings in an IPv6 firewall are the library's own business.
    if (!isRouter(gateway)) return gateway;
    if (this.#routers.size >= MAX_ROUTERS) return null;
    if (this.#routers.has(`${gateway.id} ${gateway.family}`)) return null;
    const router = new RouterPorts(gateway, {
      wanted: (host) => this.#wanted(host),
      changed: this.#options.changed,
    });
    this.#routers.set(router.id, router);
    void router.check();
    return gateway;
  }

  async #checkAll(): Promise<void> {
    if (this.#options.frozen()) return;
    await Promise.all([...this.#routers.values()].map((router) => router.check()));
  }

  async #wanted(routerHost: string): Promise<WantedPort[]> {
    const host = await addressTowards(routerHost);
    const listeners = this.#options.listening().map(parseIpMultiaddr);
    return listeners
      .filter((listener) => listener !== null)
      .filter(({ ip }) => ip === host && scopeOf(ip) === 'lan')
      .map(({ port, protocol }) => ({ host, port, protocol }));
  }

  async #wait(ms: number): Promise<void> {
    if (this.#ending.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#hurry = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#hurry = null;
  }
}

/** Our own address on the way to another machine: routers open ports for who asks, and nobody else. */
async function addressTowards(host: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    // Nothing is sent by this.
    socket.connect(9, host);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
