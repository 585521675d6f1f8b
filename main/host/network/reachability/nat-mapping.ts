/** How the router treats UDP (RFC 4787, section 4.1), from what STUN servers say. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NatMapping } from '../../../../shared/reachability.ts';
import { canonicalIp } from '../ip-address.ts';
import { askStun } from './stun-client.ts';
import type { StunAnswers } from './stun-client.ts';
import type { UdpAddress } from '../relays/stun-message.ts';

/** More answers would not tell more. */
const MAX_SERVERS = 4;

export interface NatFinding {
  readonly mapping: NatMapping;
  /** Of this family, as the servers see it. */
  readonly externalIps: readonly string[];
  /** Servers that were asked, and those that answered. */
  readonly asked: number;
  readonly answered: number;
}

/** What the answers of servers of one family mean. Pure. */
export function mappingOf({ localPort, mapped }: StunAnswers, ownIps: ReadonlySet<string>): NatMapping {
  const seen = mapped.filter((address) => address !== null);
  if (mapped.length === 0) return 'unknown';
  const [first] = seen;
  if (first === undefined) return 'blocked';
  const unchanged = ({ host, port }: UdpAddress): boolean =>
    port === localPort && ownIps.has(canonicalIp(host));
  if (seen.every(unchanged)) return 'none';
  if (seen.some(({ host, port }) => host !== first.host || port !== first.port)) return 'varies';
  // One destination alone does not tell what another would get.
  return seen.length === 1 ? 'unknown' : 'same';
}

/**
 * Asks up to four servers of each family, given as `host:port`, names included.
 * IPv4 decides where it tells something, as it is what routers change.
 */
export async function findNatMapping(
  servers: readonly string[],
  signal: AbortSignal,
  timeoutMs?: number,
): Promise<NatFinding> {
  const [four, six] = await Promise.all([
    ofFamily(4, servers, signal, timeoutMs),
    ofFamily(6, servers, signal, timeoutMs),
  ]);
  const decisive = ['none', 'same', 'varies'].includes(four.mapping) || six.asked === 0 ? four : six;
  const mapping = decisive.mapping === 'unknown' && four.mapping === 'blocked' ? 'blocked' : decisive.mapping;
  return {
    mapping,
    externalIps: [...new Set([...four.externalIps, ...six.externalIps])],
    asked: four.asked + six.asked,
    answered: four.answered + six.answered,
  };
}

async function ofFamily(
  family: 4 | 6,
  servers: readonly string[],
  signal: AbortSignal,
  timeoutMs?: number,
): Promise<NatFinding> {
  const nothing: NatFinding = { mapping: 'unknown', externalIps: [], asked: 0, answered: 0 };
  const own = ownIps(family);
  // Without an address of that family there is no way to its servers, which says nothing of routers.
  if (own.size === 0) return nothing;
  const found = await Promise.all(servers.map((server) => resolved(family, server)));
  const addresses = distinct(found.filter((address) => address !== null)).slice(0, MAX_SERVERS);
  if (addresses.length === 0) return nothing;
  try {
    const answers = await askStun(family, addresses, signal, timeoutMs);
    const seen = answers.mapped.filter((address) => address !== null);
    return {
      mapping: signal.aborted && seen.length === 0 ? 'unknown' : mappingOf(answers, own),
      externalIps: [...new Set(seen.map(({ host }) => canonicalIp(host)))],
      asked: addresses.length,
      answered: seen.length,
    };
  } catch {
    // No socket of that family can be had here.
    return nothing;
  }
}

function ownIps(family: 4 | 6): Set<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(
    all
      .filter((one) => one.family === `IPv${family}` && !/^fe[89ab]/i.test(one.address))
      .map(({ address }) => canonicalIp(address)),
  );
}

async function resolved(family: 4 | 6, server: string): Promise<UdpAddress | null> {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(server) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port > 0 && port < 65_536)) return null;
  if (isIP(host) !== 0) return isIP(host) === family ? { host: canonicalIp(host), port } : null;
  try {
    const { address } = await lookup(host, { family });
    return { host: address, port };
  } catch {
    // It has no address of that family, or there is no network to ask.
    return null;
  }
}

const distinct = (addresses: readonly UdpAddress[]): UdpAddress[] => [
  ...new Map(addresses.map((address) => [`${address.host} ${address.port}`, address])).values(),
];
