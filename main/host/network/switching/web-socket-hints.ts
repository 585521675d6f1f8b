import { isIP } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import { mayDialFound, nearnessOf } from '../dialling/found-addresses.ts';
import type { PeerRecord } from '../links/peer-table.ts';
import { canonicalIp } from '../ip-address.ts';
import { ipOf } from '../remote-ip.ts';
import { parseWebSocketAddress } from '../websocket/web-socket-address.ts';

/**
 * Of the WebSocket addresses that a peer says it has, those that may be dialled for it: where its links come from, and
 * elsewhere as `mayDialFound` has it. No names: they would be looked up wherever the peer likes.
 */
export function usableHints({ links }: Pick<PeerRecord, 'links'>, told: readonly string[]): string[] {
  const connections = links.map(({ connection }) => connection);
  const from = new Set(connections.map((connection) => ipOf(connection)));
  const nearness = nearnessOf(connections);
  return told.flatMap((address) => {
    const url = parseWebSocketAddress(address)?.url;
    if (url === undefined) return [];
    const { hostname, port } = new URL(url);
    const ip = hostname.replace(/^\[|\]$/g, '');
    const family = isIP(ip);
    if (family === 0) return [];
    const route = multiaddr(`/ip${family}/${ip}/tcp/${port === '' ? '80' : port}/ws`);
    return from.has(canonicalIp(ip)) || mayDialFound(route, nearness) ? [url] : [];
  });
}
