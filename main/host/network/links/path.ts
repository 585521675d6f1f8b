import type { Multiaddr } from '@multiformats/multiaddr';
import { isLoopback, isPrivate } from '@libp2p/utils';
import { PeerId } from '../../../../shared/ids.ts';
import type { LinkTransport, LinkView, Path } from '../../../../shared/peers.ts';
import type { TransportName } from '../../../../shared/transports.ts';
import type { LinkConnection } from '../transport.ts';

const PATHS: readonly Path[] = ['lan', 'direct', 'punched', 'relayed', 'legacy'];

/** TCP first: it slows a sender down when the reader is slow, and moves the most bytes per second of our CPU. */
const TRANSPORTS: readonly LinkTransport[] = ['tcp', 'quic', 'webrtc', 'ws', 'websocket'];

/** How a link to this remote address runs. */
export function pathOf(address: Multiaddr): Path {
  const names = address.getComponents().map(({ name }) => name);
  if (names.includes('webrtc')) return 'punched';
  if (names.includes('p2p-circuit')) return 'relayed';
  return isLoopback(address) || isPrivate(address) ? 'lan' : 'direct';
}

/** Where a link runs: path, transport and address, as they are shown. */
export function routeOf({ kind, remoteAddr }: Pick<LinkConnection, 'kind' | 'remoteAddr'>): {
  path: Path;
  transport: LinkTransport;
  address: string;
} {
  return (
    kind ?? { path: pathOf(remoteAddr), transport: transportOf(remoteAddr), address: remoteAddr.toString() }
  );
}

export const transportNameOf = ({ kind }: Pick<LinkConnection, 'kind'>): TransportName =>
  kind?.transport === 'websocket' ? 'websocket' : 'libp2p';

/** The relay that a relayed link runs through; null for others. */
export function relayOf(address: Multiaddr): PeerId | null {
  const components = address.getComponents();
  const at = components.findIndex(({ name }) => name === 'p2p-circuit');
  if (at === -1 || pathOf(address) !== 'relayed') return null;
  const relay = PeerId.safeParse(components.slice(0, at).findLast(({ name }) => name === 'p2p')?.value);
  return relay.success ? relay.data : null;
}

export function transportOf(address: Multiaddr): LinkTransport {
  const names = new Set(address.getComponents().map(({ name }) => name));
  if (names.has('webrtc') || names.has('webrtc-direct')) return 'webrtc';
  if (names.has('quic-v1') || names.has('quic')) return 'quic';
  if (names.has('ws') || names.has('wss')) return 'ws';
  return 'tcp';
}

/** Negative where the first is the better path. */
export const comparePaths = (a: Path, b: Path): number => PATHS.indexOf(a) - PATHS.indexOf(b);

/** What two ends of a link agree on when they compare links. */
export interface RankedLink extends Pick<LinkView, 'path' | 'transport' | 'since'> {
  /** Dialled by the peer with the smaller id. */
  readonly dialledBySmaller: boolean;
  /** A circuit that its relay will end soon. */
  readonly fading: boolean;
  /** Since when it is. */
  readonly fadedAt?: number;
  /** One of both sides gives it up. */
  readonly leaving?: boolean;
  /** The other side asks here, and nothing can be asked of it. */
  readonly asksOnly?: boolean;
}

/**
 * The best link first. Both ends come to the same order, whoever dialled and whenever they noticed, so that they do
 * not swap links under each other. libp2p goes before WebSocket, whatever path it has; and one over which nothing can be
 * asked of the other side goes last.
 * Of circuits that all end soon, the one that was found so last has most left: who went back to another would go down
 * with it.
 */
export function compareLinks(a: RankedLink, b: RankedLink): number {
  return (
    Number(a.leaving ?? false) - Number(b.leaving ?? false) ||
    Number(a.asksOnly ?? false) - Number(b.asksOnly ?? false) ||
    Number(a.transport === 'websocket') - Number(b.transport === 'websocket') ||
    comparePaths(a.path, b.path) ||
    Number(a.fading) - Number(b.fading) ||
    (b.fadedAt ?? 0) - (a.fadedAt ?? 0) ||
    TRANSPORTS.indexOf(a.transport) - TRANSPORTS.indexOf(b.transport) ||
    Number(b.dialledBySmaller) - Number(a.dialledBySmaller) ||
    a.since - b.since
  );
}
