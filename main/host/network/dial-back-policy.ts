import { scopeOf } from './ip-address.ts';
import { parseIpMultiaddr } from './ip-multiaddr.ts';
import type { IpMultiaddr } from './ip-multiaddr.ts';

export interface DialBackAsker {
  /** Where its link comes from: an IP address in canonical spelling; null where that is not seen, as with a relay. */
  readonly ip: string | null;
  readonly contact: boolean;
}

/** What the asked has itself, as canonical IP addresses, and the ports it listens on. */
export interface DialBackSelf {
  readonly ips: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/**
 * Whether to dial an address for a peer, and as what. It must not make us scan ports, or knock at strangers' doors:
 * everybody may have us dial where he comes from himself; a contact, other public addresses as well. Names are not
 * looked up, and nothing of our own, or of our network, is dialled for anybody else.
 */
export function mayDialBack(address: string, asker: DialBackAsker, self: DialBackSelf): IpMultiaddr | null {
  const parsed = parseIpMultiaddr(address);
  if (parsed === null) return null;
  const { ip, port } = parsed;
  if (self.ips.has(ip) && self.ports.has(port)) return null;
  if (ip === asker.ip) return parsed;
  if (!asker.contact || self.ips.has(ip) || scopeOf(ip) !== 'public') return null;
  // Nobody runs a node where mail or a shell is expected.
  return port >= 1024 || port === 80 || port === 443 ? parsed : null;
}

const WINDOW_MS = 60_000;
const PER_PEER = 6;
const ALL = 60;

/** How many requests are taken up in a minute: from one peer, and from all of them. */
export class DialBackRate {
  readonly #now: () => number;
  readonly #taken: { peer: string; at: number }[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  take(peer: string): boolean {
    const since = this.#now() - WINDOW_MS;
    while (this.#taken[0] !== undefined && this.#taken[0].at <= since) this.#taken.shift();
    const own = this.#taken.filter((one) => one.peer === peer).length;
    if (this.#taken.length >= ALL || own >= PER_PEER) return false;
    this.#taken.push({ peer, at: this.#now() });
    return true;
  }
}
