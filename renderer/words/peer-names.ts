import type { PeerId } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { shown } from './shown.ts';
import { shortId } from './format.ts';

const MAX_NAME = 60;
const collator = new Intl.Collator();
/** Sorting asks for each label many times; a view never changes, so neither does its label. */
const labels = new WeakMap<PeerView, string>();

/**
 * A peer's name in one line. Without quotes it is what the person called it; in quotes it is what the peer
 * calls itself, made visible, with the end of its id, since anybody can call themselves anything. Pure.
 */
export function peerLabel(peer: Pick<PeerView, 'alias' | 'name'> | undefined, peerId: PeerId): string {
  if (peer?.alias != null) return peer.alias;
  if (peer?.name != null && peer.name !== '') return `“${shown(peer.name, MAX_NAME)}” ${shortId(peerId)}`;
  return shortId(peerId);
}

const TRUST_ORDER = { trusted: 0, known: 1, unknown: 2, blocked: 3 } as const;
const STATE_ORDER = { connected: 0, connecting: 1, waiting: 2, offline: 3 } as const;

/**
 * Trust first, then reachable before not, then by name, then by id: never by anything that flickers. Unknown
 * peers only by id: nobody gets ahead by what they call themselves, and there may be ten thousand of them.
 */
export function comparePeers(a: PeerView, b: PeerView): number {
  return (
    TRUST_ORDER[a.trust] - TRUST_ORDER[b.trust] ||
    STATE_ORDER[a.state] - STATE_ORDER[b.state] ||
    (a.trust === 'unknown' ? 0 : collator.compare(labelOf(a), labelOf(b))) ||
    (a.peerId < b.peerId ? -1 : 1)
  );
}

function labelOf(peer: PeerView): string {
  const known = labels.get(peer);
  if (known !== undefined) return known;
  const label = peerLabel(peer, peer.peerId);
  labels.set(peer, label);
  return label;
}
