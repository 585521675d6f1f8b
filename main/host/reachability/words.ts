import type { ReachEvidence, Verdict } from '../../../shared/reachability.ts';
import { works } from './verdict.ts';

/** What a verdict means to a person. */
export interface Words {
  /** What follows from it, in one sentence. */
  readonly consequence: string;
  /** What to do; null where there is nothing to do. */
  readonly action: string | null;
}

/** Addresses that a provider shares among its customers (RFC 6598). */
const SHARED = /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;

export const wordsWhenStopped: Words = {
  consequence: 'Everything is stopped, so nobody can reach this machine.',
  action: 'Resume to let others in again.',
};

const wordsForItselfOnly: Words = {
  consequence: 'Only programs on this machine can reach it, as it listens for nobody else.',
  action: 'Let it listen on other addresses in Settings.',
};

/** The two sentences for a verdict. Pure; the evidence decides which of the many reasons is named. */
export function wordsFor(verdict: Verdict, evidence: ReachEvidence): Words {
  switch (verdict) {
    case 'unknown':
      return {
        consequence: 'Whether others can reach this machine has not been tested yet.',
        action: null,
      };
    case 'offline':
      return {
        consequence: 'This machine has no network connection, so nobody can reach it.',
        action: 'Connect this machine to a network.',
      };
    case 'open':
      return {
        consequence: `Others can reach this machine directly from anywhere${byWhat(evidence)}.`,
        action: null,
      };
    case 'mapped':
      return {
        consequence: `Others can reach this machine directly from anywhere${byWhat(evidence)}: the router forwards a port to it.`,
        action: null,
      };
    case 'punchable':
      return {
        consequence:
          'Others can reach this machine from anywhere: they meet it at a relay and then connect directly.',
        // It works as it is; but a second router is seldom known of.
        action: behindAnother(evidence),
      };
    case 'relay-only':
      return {
        consequence:
          'Others can reach this machine from anywhere, but only through a relay, which is slower.',
        action: relayOnly(evidence),
      };
    case 'lan-only':
      if (isForItselfOnly(evidence)) return wordsForItselfOnly;
      return {
        consequence: 'Only machines on the same network can reach this machine.',
        action: lanOnly(evidence),
      };
    default:
      return verdict satisfies never;
  }
}

/** Who can do without IPv6 is not helped by an address of that kind. */
function byWhat({ addresses }: ReachEvidence): string {
  const working = addresses.filter((address) => works(address) && address.source !== 'relay');
  return working.length > 0 && working.every(({ address }) => address.startsWith('/ip6/'))
    ? ' by IPv6 (with IPv4 alone, only through a relay)'
    : '';
}

function relayOnly(evidence: ReachEvidence): string {
  const ports = openPorts(evidence);
  if (evidence.mapping === 'blocked') {
    return (
      'This network lets no UDP out, which direct connections would need. ' +
      'Have its firewall allow UDP, or use another network.'
    );
  }
  if (evidence.mapping === 'varies') {
    return `Your router uses a new port for each connection, so nobody can meet it in the middle. ${ports}`;
  }
  return `No STUN server told how your router treats UDP. Add one in Settings, or let others in directly: ${lower(ports)}`;
}

function lanOnly(evidence: ReachEvidence): string {
  const { relays } = evidence;
  if (relays.length === 0) return `Add a relay or bootstrap peer in Settings. ${openPorts(evidence)}`;
  if (relays.some(({ state }) => state === 'trying')) {
    return 'Wait a moment: a relay is being asked to take this machine in.';
  }
  const why = relays.find((relay) => relay.why !== null)?.why;
  return `No relay takes this machine in${why === undefined || why === null ? '' : ` (${unended(why)})`}. Add another one in Settings.`;
}

/** What opens this machine's ports to the outside, as a sentence or two. */
function openPorts(evidence: ReachEvidence): string {
  const ports = portsOf(evidence);
  const twoRouters = behindAnother(evidence);
  if (twoRouters !== null) return twoRouters;
  const refusing = evidence.routers.find(
    ({ problem, mappings }) => problem !== null && mappings.length === 0,
  );
  if (refusing !== undefined) {
    return `Your router did not open a port (${unended(refusing.problem ?? '')}). Forward ${ports} to this machine in it.`;
  }
  if (evidence.routers.some(({ mappings }) => mappings.length > 0)) {
    const failed = evidence.addresses.some(
      (address) => address.source === 'router' && address.failed !== null,
    );
    return failed
      ? `Your router opened ${ports}, but nobody gets through. Allow Gatehouse in the firewall of this machine.`
      : `Your router opened ${ports}; link a peer elsewhere that can confirm it.`;
  }
  if (evidence.mapping === 'none' || hasPublicInterface(evidence)) {
    return `A firewall keeps others out. Allow ${ports} in it.`;
  }
  return `Switch on UPnP in your router, or forward ${ports} to this machine in it.`;
}

/** Null where no router is known to be behind another one. */
function behindAnother(evidence: ReachEvidence): string | null {
  const inner = evidence.routers.find(({ doubleNat }) => doubleNat);
  if (inner === undefined) return null;
  const { externalIp } = inner;
  const where =
    externalIp === null
      ? 'Your router has no public address of its own: it is behind another one.'
      : `Your router is behind another one (its address outside is ${externalIp}).`;
  return externalIp !== null && SHARED.test(externalIp)
    ? `${where} For a direct way in, ask your provider for a public address, or for IPv6.`
    : `${where} For a direct way in, forward ${portsOf(evidence)} in both, or make one of them a bridge.`;
}

const isForItselfOnly = ({ addresses, relays }: ReachEvidence): boolean =>
  relays.length === 0 && addresses.length > 0 && addresses.every(({ scope }) => scope === 'machine');

const hasPublicInterface = ({ addresses }: ReachEvidence): boolean =>
  addresses.some(
    ({ source, scope, address }) =>
      source === 'interface' && scope === 'public' && address.startsWith('/ip4/'),
  );

/** `TCP and UDP port 4001`: where this machine listens, WebSocket left out, as it adds nothing. */
export function portsOf({ addresses }: ReachEvidence): string {
  const found = { tcp: new Set<string>(), udp: new Set<string>() };
  for (const { address, source, scope } of addresses) {
    if (source !== 'interface' || scope === 'machine') continue;
    const match = /^\/ip[46]\/[^/]+\/(tcp|udp)\/(\d+)(\/quic-v1)?$/.exec(address);
    if (match?.[1] === 'tcp' || match?.[1] === 'udp') found[match[1]].add(match[2] ?? '');
  }
  const [tcp] = found.tcp;
  const [udp] = found.udp;
  if (tcp === undefined && udp === undefined) return 'its port';
  if (tcp === udp) return `TCP and UDP port ${tcp}`;
  return [tcp === undefined ? null : `TCP port ${tcp}`, udp === undefined ? null : `UDP port ${udp}`]
    .filter((part) => part !== null)
    .join(' and ');
}

const unended = (sentence: string): string => sentence.replace(/\.$/, '');
const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
