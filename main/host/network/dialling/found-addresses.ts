import { isIPv4, type BlockList } from 'node:net';
import type { Connection } from '@libp2p/interface';
import { isLinkLocal } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import { ownNetworks } from './address-order.ts';
import { canonicalIp, scopeOf } from '../ip-address.ts';
import { ipOf } from '../remote-ip.ts';

/** From where a peer speaks that says where others are. */
export type Nearness = 'far' | 'lan' | 'machine';

type End = Pick<Connection, 'remoteAddr' | 'direction'>;

/**
 * On this machine is only who was dialled there: what comes in by loopback may come from anywhere, through a proxy.
 */
export function nearnessOf(links: readonly End[], own: BlockList = ownNetworks()): Nearness {
  const isAt = (link: End, wanted: (ip: string) => boolean): boolean => {
    const ip = ipOf(link);
    return ip !== null && wanted(ip);
  };
  const isHere = (link: End): boolean =>
    link.direction === 'outbound' && isAt(link, (ip) => scopeOf(ip) === 'machine');
  if (links.some(isHere)) return 'machine';
  return links.some((link) => isAt(link, (ip) => isIn(own, ip))) ? 'lan' : 'far';
}

/** What is named beside these is looked up, unwrapped or asked for in ways that nobody here chose. */
const PLAIN = new Set(['ip4', 'ip6', 'tcp', 'udp', 'quic-v1', 'ws', 'p2p', 'p2p-circuit']);

/**
 * Whether to dial an address that strangers tell of another peer, or of themselves. They must not have us connect to
 * machines of our own network, which they cannot reach: so public IP addresses only, no names, and private ones of our
 * own networks where who tells of them is there too.
 */
export function mayDialFound(
  address: Multiaddr,
  toldFrom: Nearness,
  own: () => BlockList = ownNetworks,
): boolean {
  const components = address.getComponents();
  const [first] = components;
  if (first?.value === undefined || (first.name !== 'ip4' && first.name !== 'ip6')) return false;
  if (!components.every(({ name }) => PLAIN.has(name)) || isLinkLocal(address)) return false;
  const ip = canonicalIp(first.value);
  const scope = scopeOf(ip);
  if (scope === 'public') return true;
  if (scope === 'machine') return toldFrom === 'machine';
  return toldFrom !== 'far' && isIn(own(), ip);
}

const isIn = (networks: BlockList, ip: string): boolean => networks.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6');
