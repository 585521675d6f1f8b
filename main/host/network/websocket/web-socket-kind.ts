import { isIPv6 } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { LinkTransport, Path } from '../../../../shared/peers.ts';
import { canonicalIp } from '../ip-address.ts';
import { pathOf } from '../links/path.ts';

/** Where a connection leads, for machines and for people. */
export interface Whereabouts {
  readonly remoteAddr: Multiaddr;
  readonly kind: { readonly path: Path; readonly transport: LinkTransport; readonly address: string };
}

/** @param address as it was dialled; null: the peer dialled us */
export function whereabouts(
  remote: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined },
  isSecure: boolean,
  address: string | null,
): Whereabouts {
  // A socket that was closed already has forgotten where it led.
  const { remoteAddress = '0.0.0.0', remotePort = 0 } = remote;
  const ip = canonicalIp(remoteAddress);
  const version = isIPv6(ip) ? 6 : 4;
  const remoteAddr = multiaddr(`/ip${version}/${ip}/tcp/${remotePort}${isSecure ? '/tls/ws' : '/ws'}`);
  const host = version === 6 ? `[${ip}]` : ip;
  const from = `${isSecure ? 'wss' : 'ws'}://${host}:${remotePort}`;
  return {
    remoteAddr,
    kind: { path: pathOf(remoteAddr), transport: 'websocket', address: address ?? from },
  };
}
