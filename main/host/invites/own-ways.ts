import { isLoopback, isPrivate } from '@libp2p/utils';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import type { AddressEvidence, ReachEvidence } from '../../../shared/reachability.ts';
import { isWebSocketAddress } from '../../../shared/transports.ts';
import { addressBytes } from './invite-text.ts';

/** How the bringer of an invite may reach this host. */
export interface OwnWays {
  /** Without `/p2p/…`, the best first; at most 8, two of them of the WebSocket transport. */
  readonly addresses: string[];
  /** `/p2p/<relay>` at their end; at most 2. */
  readonly relays: string[];
  /** By a verified public address, or by a relay that is out there. */
  readonly fromOutside: boolean;
  /** There is nothing but addresses of this machine itself. */
  readonly nowhere: boolean;
}

const MAX_ADDRESSES = 8;
const MAX_RELAYS = 2;
const MAX_WEB_SOCKETS = 2;

/**
 * The addresses that go into an invite: public ones that work first, then those that the person announces, those of
 * this network, and public ones of which nobody knows. Those of this machine only where there is nothing else.
 *
 * @param listeners full multiaddrs of this host, `/p2p/…` included, and its `ws://` addresses
 */
export function ownWays(found: ReachEvidence, listeners: readonly string[]): OwnWays {
  // Routers and relays say where we are; one of them that is wrong must not keep us from inviting.
  const evidence = { ...found, addresses: found.addresses.filter(({ address }) => fits(address)) };
  const listening = listeners.filter((text) => !isWebSocketAddress(text) && fits(text));
  const webSockets = listeners.filter(isWebSocketAddress).map((text) => text.replace(/#.*$/, ''));
  const elsewhere = webSockets.filter((text) => !OF_MACHINE.test(text));
  const direct = evidence.addresses.filter(
    ({ address, source }) => source !== 'relay' && !address.includes('/p2p-circuit'),
  );
  const works = (one: AddressEvidence): boolean => one.verified !== null && one.failed === null;
  const isPublic = (one: AddressEvidence): boolean => one.scope === 'public';
  const ofInterfaces = listening.flatMap((text) => {
    const route = withoutOwnId(text);
    return route === null || isLoopback(route) || !isPrivate(route) ? [] : [route.toString()];
  });
  const open = textsOf(direct.filter((one) => isPublic(one) && works(one)));
  const wider = [
    ...open,
    ...textsOf(direct.filter(({ source }) => source === 'announced')),
    ...textsOf(direct.filter(({ scope }) => scope === 'lan')),
    ...ofInterfaces,
    ...textsOf(direct.filter((one) => isPublic(one) && one.failed === null)),
  ];
  const relays = relaysIn(evidence, listening);
  const nowhere = wider.length === 0 && relays.length === 0 && elsewhere.length === 0;
  const ofMachine = listening.flatMap((text) => withoutOwnId(text)?.toString() ?? []);
  const chosen = nowhere ? [...textsOf(direct), ...ofMachine] : wider;
  const overWebSocket = (nowhere ? webSockets : elsewhere).slice(0, MAX_WEB_SOCKETS);
  return {
    addresses: [...[...new Set(chosen)].slice(0, MAX_ADDRESSES - overWebSocket.length), ...overWebSocket],
    relays: relays.slice(0, MAX_RELAYS),
    fromOutside: open.length > 0 || relays.some((text) => isOutThere(multiaddr(text))),
    nowhere,
  };
}

const OF_MACHINE = /^wss?:\/\/(127\.|\[::1\]|localhost)/;

const fits = (text: string): boolean => addressBytes(text) !== null;

const textsOf = (found: readonly AddressEvidence[]): string[] => found.map(({ address }) => address);

/** A direct address without the id at its end; null for one by way of a relay. */
function withoutOwnId(text: string): Multiaddr | null {
  return text.includes('/p2p-circuit') ? null : multiaddr(text.replace(/\/p2p\/[^/]+$/, ''));
}

/** One address of each relay that holds a place for us, those out there first; then what else there is of them. */
function relaysIn(evidence: ReachEvidence, listening: readonly string[]): string[] {
  const reserved = new Set<string>(
    evidence.relays.filter(({ state }) => state === 'reserved').map(({ peerId }) => peerId),
  );
  const all = [...evidence.addresses.map(({ address }) => address), ...listening]
    .flatMap((text) => /^(.*\/p2p\/([^/]+))\/p2p-circuit(\/|$)/.exec(text)?.slice(1, 3).join(' ') ?? [])
    .map((pair) => ({ address: pair.split(' ')[0] ?? '', relay: pair.split(' ')[1] ?? '' }))
    .filter(({ relay }) => reserved.has(relay))
    .toSorted((a, b) => rank(a.address) - rank(b.address));
  const seen = new Set<string>();
  const firsts = all.filter(({ relay }) => !seen.has(relay) && seen.add(relay));
  return [...new Set([...firsts, ...all].map(({ address }) => address))];
}

const rank = (text: string): number => (isOutThere(multiaddr(text)) ? 0 : 1);

const isOutThere = (address: Multiaddr): boolean => !isLoopback(address) && !isPrivate(address);
