import type { PeerId } from '../../../shared/ids.ts';
import type { PeerAgent, PeerView } from '../../../shared/peers.ts';
import {
  isWebSocketAddress,
  type Legacy,
  type PeerTransport,
  type TransportName,
} from '../../../shared/transports.ts';
import { didOfPeerId } from '../identity/index.ts';
import type { NetworkPeer } from '../network/index.ts';
import type { StoredPeer } from '../records/index.ts';
import type { Heard } from './hearsay.ts';
import { OF_CONTACTS, OF_STRANGERS } from './read-cards.ts';

/** All that is known of one peer: by the network, from the records, and from what it says of itself. */
export interface KnownOf {
  readonly peerId: PeerId;
  readonly seen: NetworkPeer | undefined;
  readonly stored: StoredPeer | undefined;
  readonly heard: Heard | undefined;
  readonly spent: Spent;
  readonly safetyWords: readonly string[];
}

/** What a peer has used of its budget here, and whether we have used up ours there. */
export interface Spent {
  readonly used: PeerView['used'];
  readonly pausedUntil: number | null;
  readonly pausesUsUntil: number | null;
}

/** A peer as the interface sees it. */
export function viewOf({ peerId, seen, stored, heard, spent, safetyWords }: KnownOf): PeerView {
  return {
    peerId,
    did: didOfPeerId(peerId),
    alias: stored?.alias ?? null,
    name: heard?.name ?? stored?.name ?? null,
    trust: stored?.trust ?? 'unknown',
    contactSince: stored?.contactSince ?? null,
    foundBy: seen?.foundBy ?? 'contact',
    firstSeen: seen?.firstSeen ?? stored?.contactSince ?? stored?.lastSeen ?? 0,
    lastSeen: seen?.lastSeen ?? stored?.lastSeen ?? 0,
    state: seen?.state ?? 'offline',
    nextDialAt: seen?.nextDialAt ?? null,
    dialError: seen?.dialError ?? null,
    links: seen === undefined ? [] : [...seen.links],
    pathNote: seen?.pathNote ?? null,
    isRelay: seen?.isRelay ?? null,
    addresses: [...((seen ?? stored)?.addresses ?? [])],
    software: seen?.software ?? null,
    speaksGatehouse: seen?.speaksGatehouse ?? (stored?.speaksGatehouse === true ? true : null),
    acceptsUs: heard?.acceptsUs ?? null,
    request: stored?.request ?? null,
    agents: agentsOf(seen, stored, heard),
    transportChoice: stored?.transportChoice ?? null,
    transports: [transportOf('libp2p', seen, stored), transportOf('websocket', seen, stored)],
    fallback: seen?.fallback ?? null,
    legacy: legacyOf(seen, stored),
    safetyWords: [...safetyWords],
    budget: stored?.budget ?? null,
    ...spent,
  };
}

export const isContact = (trust: PeerView['trust']): boolean => trust === 'known' || trust === 'trusted';

/** What its cards say, and beside that what a Dawn node says, which has no cards. */
function agentsOf(
  seen: NetworkPeer | undefined,
  stored: StoredPeer | undefined,
  heard: Heard | undefined,
): PeerAgent[] {
  const signed = (heard?.cards ?? []).map(({ agent }) => agent);
  const names = new Set(signed.map(({ name }) => name));
  const limits = isContact(stored?.trust ?? 'unknown') ? OF_CONTACTS : OF_STRANGERS;
  const said = (seen?.dawnAgents ?? [])
    .filter(({ name }) => !names.has(name))
    .slice(0, limits.cards)
    .map((agent) => ({ ...agent, verified: false, tools: agent.tools.slice(0, limits.tools) }));
  return [...signed, ...said];
}

function transportOf(
  name: TransportName,
  seen: NetworkPeer | undefined,
  stored: StoredPeer | undefined,
): PeerTransport {
  const known = seen?.transports.find((transport) => transport.name === name);
  const remembered = stored?.lastLinkedAt[name] ?? null;
  if (known !== undefined) return { ...known, lastLinkedAt: known.lastLinkedAt ?? remembered };
  const ofWebSocket = name === 'websocket';
  const hasAddress = (stored?.addresses ?? []).some((address) => isWebSocketAddress(address) === ofWebSocket);
  return { name, linked: false, lastLinkedAt: remembered, lastError: null, hasAddress };
}

/** What the person said counts, also where the network has not told its news yet. */
function legacyOf(seen: NetworkPeer | undefined, stored: StoredPeer | undefined): Legacy {
  const hasSpoken = stored?.speaksGatehouse === true || seen?.speaksGatehouse === true;
  if (hasSpoken || seen?.legacy === 'not-needed') return 'not-needed';
  if (stored?.legacyAllowed === true) return 'allowed';
  return seen?.legacy === 'allowed' ? 'offered' : (seen?.legacy ?? 'unknown');
}
