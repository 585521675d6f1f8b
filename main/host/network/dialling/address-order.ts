import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { getNetConfig, isLoopback, isNetworkAddress, isPrivate } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import { transportOf } from '../links/path.ts';

/** The networks this machine is in, as they are now. */
export function ownNetworks(interfaces = networkInterfaces()): BlockList {
  const own = new BlockList();
  for (const address of Object.values(interfaces).flatMap((list) => list ?? [])) {
    const prefix = Number(address.cidr?.split('/')[1] ?? NaN);
    if (address.internal || Number.isNaN(prefix)) continue;
    own.addSubnet(address.address, prefix, address.family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return own;
}

const TRANSPORTS = ['tcp', 'quic', 'ws', 'webrtc', 'websocket'];

/**
 * In which order to try a peer's addresses. They are tried one after the other and a dead one costs seconds, so
 * first come those that answer or refuse at once: our own networks, then this machine, then the internet, and
 * private addresses of other networks only then.
 */
export function orderAddresses(addresses: readonly Multiaddr[], own: BlockList = ownNetworks()): Multiaddr[] {
  const rank = new Map(addresses.map((address) => [address, nearness(address, own)]));
  return addresses.toSorted(
    (a, b) =>
      (rank.get(a) ?? 0) - (rank.get(b) ?? 0) ||
      TRANSPORTS.indexOf(transportOf(a)) - TRANSPORTS.indexOf(transportOf(b)),
  );
}

/** Whether an address is of a network that this machine is in. */
export const isNear = (address: Multiaddr, own: BlockList): boolean => nearness(address, own) === 0;

function nearness(address: Multiaddr, own: BlockList): number {
  if (address.getComponents().some(({ name }) => name === 'p2p-circuit')) return 4;
  if (isLoopback(address)) return 1;
  if (!isPrivate(address)) return 2;
  if (!isNetworkAddress(address)) return 3;
  const { host } = getNetConfig(address);
  return own.check(host, isIPv4(host) ? 'ipv4' : 'ipv6') ? 0 : 3;
}
