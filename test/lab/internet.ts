import type { Families, Line, Socket } from './line.ts';
import { Namespace } from './namespace.ts';

/**
 * A router with a subnet for each customer, as the internet looks from a line. Its addresses are public by their look
 * only. It knows no way to private addresses, and no multicast passes it.
 */
export class Internet {
  readonly namespace: Namespace;
  #lines = 0;

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  static async create(): Promise<Internet> {
    const namespace = await Namespace.create('internet');
    await namespace.sysctl('ipv4/ip_forward', '1');
    await namespace.sysctl('ipv6/conf/all/forwarding', '1');
    return new Internet(namespace);
  }

  /** A place to plug in, with the given families of addresses. */
  socket({ ipv4 = true, ipv6 = false }: Families = {}): Socket {
    return { plug: (namespace, iface) => this.#plug(namespace, iface, { ipv4, ipv6 }) };
  }

  /** Sends what goes to a prefix to who is there. */
  async route(prefix: string, via: string): Promise<void> {
    await this.namespace.ip(`route replace ${prefix} via ${via}`);
  }

  async #plug(namespace: Namespace, iface: string, families: Required<Families>): Promise<Line> {
    const subnet = this.#nextSubnet();
    const far = `line${subnet}`;
    await this.namespace.cable(far, namespace, iface);
    let own = subnet;
    const ipv6 = families.ipv6 ? `2a01:${subnet}::2` : null;
    if (families.ipv4) await this.#number(namespace, iface, far, own);
    if (ipv6 !== null) {
      await this.namespace.ip(`addr add 2a01:${subnet}::1/64 dev ${far} nodad`);
      await namespace.ip(
        `addr add ${ipv6}/64 dev ${iface} nodad`,
        `route add default via 2a01:${subnet}::1 dev ${iface}`,
      );
    }
    return {
      iface,
      ipv4: families.ipv4 ? address(own) : null,
      ipv6,
      pull: () => this.namespace.ip(`link set ${far} down`),
      restore: () => this.namespace.ip(`link set ${far} up`),
      renumber: async () => {
        await this.namespace.ip(`addr del 11.0.${own}.1/24 dev ${far}`);
        await namespace.ip(`addr del ${address(own)}/24 dev ${iface}`);
        own = this.#nextSubnet();
        await this.#number(namespace, iface, far, own);
        return address(own);
      },
    };
  }

  async #number(namespace: Namespace, iface: string, far: string, subnet: number): Promise<void> {
    await this.namespace.ip(`addr add 11.0.${subnet}.1/24 dev ${far}`);
    await namespace.ip(
      `addr add ${address(subnet)}/24 dev ${iface}`,
      `route replace default via 11.0.${subnet}.1 dev ${iface}`,
    );
  }

  #nextSubnet(): number {
    this.#lines += 1;
    return this.#lines;
  }
}

const address = (subnet: number): string => `11.0.${subnet}.2`;
