import { isIPv4, isIPv6 } from 'node:net';
import { canonicalIp } from './ip-address.ts';

/** An address of a listener of ours, or of another Gatehouse: an IP address, a port and what is spoken there. */
export interface IpMultiaddr {
  /** Canonical, without a zone. */
  readonly ip: string;
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly transport: 'tcp' | 'ws' | 'quic';
}

const PATTERN = /^\/ip([46])\/([^/]+)\/(?:tcp\/(\d{1,5})(\/ws)?|udp\/(\d{1,5})\/quic-v1)$/;

/** Null for everything else: names, relayed addresses, other transports, or a peer id at the end. */
export function parseIpMultiaddr(address: string): IpMultiaddr | null {
  const [, version, ip = '', tcp, ws, udp] = PATTERN.exec(address) ?? [];
  const port = Number(tcp ?? udp);
  if (!(version === '4' ? isIPv4(ip) : isIPv6(ip)) || !(port > 0 && port < 65_536)) return null;
  const family = version === '4' ? 4 : 6;
  const protocol = tcp === undefined ? 'udp' : 'tcp';
  const transport = protocol === 'udp' ? 'quic' : ws === undefined ? 'tcp' : 'ws';
  return { ip: canonicalIp(ip), family, protocol, port, transport };
}

export function formatIpMultiaddr({
  ip,
  family,
  protocol,
  port,
  transport,
}: Omit<IpMultiaddr, 'family'> & { family?: 4 | 6 }): string {
  const version = family ?? (isIPv4(ip) ? 4 : 6);
  const end = { tcp: '', ws: '/ws', quic: '/quic-v1' }[transport];
  return `/ip${version}/${ip}/${protocol}/${port}${end}`;
}
