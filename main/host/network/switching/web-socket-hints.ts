import { isIP } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import { mayDialFound, nearnessOf } from '../dialling/found-addresses.ts';
import type { PeerRecord } from '../links/peer-table.ts';
import { canonicalIp, scopeOf } from '../ip-address.ts';
import { ipOf } from '../remote-ip.ts';
import { parseWebSocketAddress } from '../websocket/web-socket-address.ts';

/**
 * Of the WebSocket addresses that a peer says it has, those that may be dialled for it: where its links come from, and
 * elsewhere as `mayDialFound` has it. No names: they would be looked up wherever the peer likes.
 * @returns them in the one spelling that a dial understands in no other way
 */
export function usableHints({ links }: Pick<PeerRecord, 'links'>, told: readonly string[]): string[] {
  const connections = links.map(({ connection }) => connection);
  const from = new Set(connections.map((connection) => ipOf(connection)).filter(isElsewhere));
  const nearness = nearnessOf(connections);
  return told.flatMap((address) => {
    const parsed = parseWebSocketAddress(address);
    if (parsed === null) return [];
    // What was spelt `2130706433` is 127.0.0.1 from here on.
    const { protocol, hostname, port } = new URL(parsed.url);
    const ip = canonicalIp(hostname.replace(/^\[|\]$/g, ''));
    const family = isIP(ip);
    if (family === 0) return [];
    const route = multiaddr(`/ip${family}/${ip}/tcp/${port === '' ? '80' : port}/ws`);
    if (!from.has(ip) && !mayDialFound(route, nearness)) return [];
    return [`${protocol}//${family === 6 ? `[${ip}]` : ip}${port === '' ? '' : `:${port}`}`];
  });
}

/** What comes in by loopback may come from anywhere, through a proxy. */
const isElsewhere = (ip: string | null): ip is string => ip !== null && scopeOf(ip) !== 'machine';
