import type { Line, Socket } from './line.ts';
import { Namespace } from './namespace.ts';

export interface NetworkOptions {
  /** The first three parts of its IPv4 addresses, such as `192.168.1`; null: none. */
  readonly ipv4: string | null;
  /** The first 64 bits of its IPv6 addresses, such as `2a01:99:0:1`; null: none but link-local ones. */
  readonly ipv6?: string | null;
  /** There is a router, at `.1` and `::1`. */
  readonly routed: boolean;
}

/** A local network: a switch (a bridge in a namespace of its own) and the addresses of those plugged in. */
export class Network implements Socket {
  readonly namespace: Namespace;
  readonly options: NetworkOptions;
  #ports = 0;

  private constructor(namespace: Namespace, options: NetworkOptions) {
    this.namespace = namespace;
    this.options = options;
  }

  static async create(name: string, options: NetworkOptions): Promise<Network> {
    const namespace = await Namespace.create(name);
    await namespace.ip('link add switch0 type bridge mcast_snooping 0', 'link set switch0 up');
    return new Network(namespace, options);
  }

  /** Plugs in the router itself. */
  async plugRouter(router: Namespace, iface: string): Promise<void> {
    await this.#cable(router, iface);
    await this.#give(router, iface, 1);
  }

  async plug(namespace: Namespace, iface: string): Promise<Line> {
    const port = await this.#cable(namespace, iface);
    const { ipv4, ipv6 = null, routed } = this.options;
    let last = 9 + this.#ports;
    const arrive = async (): Promise<void> => {
      await this.#give(namespace, iface, last);
      if (!routed) return;
      if (ipv4 !== null) await namespace.ip(`route replace default via ${ipv4}.1 dev ${iface}`);
      if (ipv6 !== null) await namespace.ip(`route replace default via ${ipv6}::1 dev ${iface}`);
    };
    await arrive();
    return {
      iface,
      ipv4: ipv4 === null ? null : `${ipv4}.${last}`,
      ipv6: ipv6 === null ? null : `${ipv6}::${last}`,
      pull: () => this.namespace.ip(`link set ${port} down`),
      restore: () => this.namespace.ip(`link set ${port} up`),
      renumber: async () => {
        await namespace.ip(`addr flush dev ${iface} scope global`);
        last += 100;
        await arrive();
        return `${ipv4 ?? ''}.${last}`;
      },
    };
  }

  async #cable(namespace: Namespace, iface: string): Promise<string> {
    this.#ports += 1;
    const port = `port${this.#ports}`;
    await this.namespace.cable(port, namespace, iface);
    await this.namespace.ip(`link set ${port} master switch0`);
    return port;
  }

  async #give(namespace: Namespace, iface: string, last: number): Promise<void> {
    const { ipv4, ipv6 = null } = this.options;
    if (ipv4 !== null) await namespace.ip(`addr add ${ipv4}.${last}/24 brd + dev ${iface}`);
    if (ipv6 !== null) await namespace.ip(`addr add ${ipv6}::${last}/64 dev ${iface} nodad`);
  }
}
