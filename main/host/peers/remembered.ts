import type { PeerId } from '../../../shared/ids.ts';
import type { NetworkPeer, RememberedTransports } from '../network/index.ts';
import type { StoredPeer } from '../records/index.ts';

/** A link that lasts is written down again after this long. */
const RENEW_MS = 60 * 60 * 1000;

/** A peer of which nothing is stored yet. */
export const blankPeer = (peerId: PeerId): StoredPeer => ({
  peerId,
  trust: 'unknown',
  alias: null,
  name: null,
  contactSince: null,
  addresses: [],
  request: null,
  lastSeen: Date.now(),
  transportChoice: null,
  legacyAllowed: false,
  budget: null,
  speaksGatehouse: false,
  lastLinkedAt: { libp2p: null, websocket: null },
});

/** Whether a person would miss it. */
export const isWorthKeeping = (peer: StoredPeer): boolean =>
  peer.trust !== 'unknown' ||
  peer.request !== null ||
  peer.alias !== null ||
  peer.transportChoice !== null ||
  peer.budget !== null ||
  peer.legacyAllowed;

/** What the network is given of the records when it is made. */
export const rememberedTransports = (stored: readonly StoredPeer[]): RememberedTransports[] =>
  stored.map(({ peerId, transportChoice, legacyAllowed, speaksGatehouse, lastLinkedAt }) => ({
    peerId,
    choice: transportChoice,
    legacyAllowed: legacyAllowed && !speaksGatehouse,
    speaksGatehouse,
    lastLinkedAt,
  }));

/** What a peer has shown of how it can be reached. */
export type Shown = Pick<StoredPeer, 'addresses' | 'speaksGatehouse' | 'legacyAllowed' | 'lastLinkedAt'>;

/**
 * What the network has seen of a peer, over what is stored. Whoever has spoken Gatehouse once is never spoken to in any
 * lesser way again, so a permission to answer without encryption ends with that.
 */
export function shownBy(seen: NetworkPeer, stored: StoredPeer, now: number): Shown {
  const at = (name: 'libp2p' | 'websocket'): number | null => {
    const transport = seen.transports.find((one) => one.name === name);
    return (transport?.linked === true ? now : transport?.lastLinkedAt) ?? stored.lastLinkedAt[name];
  };
  const speaksGatehouse =
    stored.speaksGatehouse || seen.speaksGatehouse === true || seen.legacy === 'not-needed';
  // Those of a peer that is linked are of today; those of one that is not may be all that is left of it.
  const areNew = seen.state === 'connected' || stored.addresses.length === 0;
  return {
    addresses: areNew ? seen.addresses : stored.addresses,
    speaksGatehouse,
    legacyAllowed: stored.legacyAllowed && !speaksGatehouse,
    lastLinkedAt: { libp2p: at('libp2p'), websocket: at('websocket') },
  };
}

/** Whether it is worth a write now, or waits until a link opens, an hour has gone by, or the host stops. */
export function isNews(shown: Shown, stored: StoredPeer): boolean {
  const { libp2p, websocket } = shown.lastLinkedAt;
  return (
    shown.speaksGatehouse !== stored.speaksGatehouse ||
    isLater(libp2p, stored.lastLinkedAt.libp2p) ||
    isLater(websocket, stored.lastLinkedAt.websocket)
  );
}

/** Whether anything at all is to be written. */
export const isNewsAtAll = (shown: Shown, stored: StoredPeer): boolean =>
  isNews(shown, stored) ||
  shown.lastLinkedAt.libp2p !== stored.lastLinkedAt.libp2p ||
  shown.lastLinkedAt.websocket !== stored.lastLinkedAt.websocket;

const isLater = (now: number | null, before: number | null): boolean =>
  now !== null && (before === null || now - before >= RENEW_MS);
