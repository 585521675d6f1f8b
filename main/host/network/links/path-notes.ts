import type { Path } from '../../../../shared/peers.ts';
import type { NatMapping } from '../../../../shared/reachability.ts';

/** What came of trying for a path better than a relay. */
export interface PathFacts {
  readonly path: Path;
  readonly isTrying: boolean;
  /** How our router maps UDP, and how the other side says that its own does. */
  readonly ours: NatMapping;
  readonly theirs: NatMapping;
  /** Null where nobody here tried to punch, or it has not failed. */
  readonly punch: 'failed' | 'not-there' | 'not-here' | null;
}

const THROUGH_RELAY = 'calls go through the relay';

/** Why a peer is reached as it is, in a sentence; null where there is nothing to say. */
export function pathNote(facts: PathFacts): string | null {
  if (facts.path !== 'relayed') return null;
  if (facts.isTrying) return `A better path is being tried; until then ${THROUGH_RELAY}.`;
  const { ours, theirs, punch } = facts;
  if (ours === 'blocked') {
    return `UDP does not get out of your network, so no hole can be punched; ${THROUGH_RELAY}.`;
  }
  if (theirs === 'blocked') {
    return `UDP does not get out of the other side's network, so no hole can be punched; ${THROUGH_RELAY}.`;
  }
  if (ours === 'varies' && theirs === 'varies') {
    return `Both routers use a new port for each connection, so no hole can be punched; ${THROUGH_RELAY}.`;
  }
  if (punch === 'not-here') {
    return `This machine cannot punch holes, and no address of the other side answers; ${THROUGH_RELAY}.`;
  }
  if (punch === 'not-there') {
    return `The other side cannot punch holes, and none of its addresses answers; ${THROUGH_RELAY}.`;
  }
  if (ours === 'varies') {
    return `Your router uses a new port for each connection, and no hole could be punched; ${THROUGH_RELAY}.`;
  }
  if (theirs === 'varies') {
    return `The other side's router uses a new port for each connection, and no hole could be punched; ${THROUGH_RELAY}.`;
  }
  return punch === 'failed'
    ? `No address of the other side answers, and no hole could be punched; ${THROUGH_RELAY}, and a better path is tried for now and then.`
    : `No address of the other side answers from here; ${THROUGH_RELAY}, and a better path is tried for now and then.`;
}
