import type { PeerId } from '../../../../shared/ids.ts';
import type { Link, PeerRecord } from '../links/peer-table.ts';
import { ipOf } from '../remote-ip.ts';

/** More would not make it surer. */
const MAX_JUDGES = 3;

/** A peer that is asked to connect back, and the link by which it is asked. */
export interface Judge {
  readonly peerId: PeerId;
  readonly link: Link;
}

export interface JudgeTraits {
  /** On the internet, and not behind the same router as we. */
  readonly isElsewhere: (ip: string | null) => boolean;
  readonly isRelay: (peerId: PeerId) => boolean;
  readonly isContact: (peerId: PeerId) => boolean;
}

/**
 * Up to three of these linked peers that are elsewhere. Those with a direct link first, as they may judge for anybody;
 * among them relays, which stand in the open, then contacts.
 */
export function chooseJudges(
  peers: readonly Pick<PeerRecord, 'peerId' | 'links'>[],
  { isElsewhere, isRelay, isContact }: JudgeTraits,
): Judge[] {
  const found = peers.flatMap(({ peerId, links }): Judge[] => {
    const link = links.find(({ connection }) => connection.status === 'open');
    // Who is on our network, or behind our router, sees it from within.
    if (link === undefined || links.some(({ path }) => path === 'lan')) return [];
    if (link.path === 'direct' && !isElsewhere(ipOf(link.connection))) return [];
    return [{ peerId, link }];
  });
  const rank = ({ peerId, link }: Judge): number =>
    (link.path === 'direct' ? 0 : 4) + (isRelay(peerId) ? 0 : isContact(peerId) ? 1 : 2);
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_JUDGES);
}

/**
 * What to make of an address. One who got through outweighs all who did not: they may have had trouble of their own.
 * But a stranger alone does not outweigh those whom a person here chose: it proves what it likes, from where it is.
 */
export function weigh(
  said: readonly { readonly by: PeerId; readonly outcome: string }[],
  isKept: (peerId: PeerId) => boolean,
): { works: boolean; by: PeerId } | null {
  const keptFirst = said.toSorted((a, b) => Number(isKept(b.by)) - Number(isKept(a.by)));
  const inVain = keptFirst.find(({ outcome }) => outcome === 'failed');
  const isDoubted = inVain !== undefined && isKept(inVain.by);
  const through = keptFirst.find(({ by, outcome }) => outcome === 'ok' && (!isDoubted || isKept(by)));
  if (through !== undefined) return { works: true, by: through.by };
  return inVain === undefined ? null : { works: false, by: inVain.by };
}
