import type { AddressEvidence, ReachEvidence, Verdict } from '../../../shared/reachability.ts';

/** A verdict, and in one sentence what it rests on. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly why: string;
}

/** The best first. `unknown` stands apart: it says that nothing has been tested. */
const RANKS: readonly Verdict[] = ['open', 'mapped', 'punchable', 'relay-only', 'lan-only', 'offline'];

export const isBetter = (a: Verdict, b: Verdict): boolean => RANKS.indexOf(a) < RANKS.indexOf(b);

/** Somebody elsewhere got through to it, and nobody has failed to since. */
export const works = ({ scope, verified, failed }: AddressEvidence): boolean =>
  scope === 'public' && verified !== null && failed === null;

/** What the evidence says as it is now. Pure; see `reachability-watch.ts` for how long a verdict is held. */
export function judge(evidence: ReachEvidence): Judgement {
  if (!evidence.online) return { verdict: 'offline', why: 'No network is connected.' };
  const working = evidence.addresses.filter(works);
  const own = working.find(({ source }) => source === 'interface');
  if (own !== undefined) {
    return { verdict: 'open', why: `${own.address} is an address of this machine, and works from outside.` };
  }
  const forwarded = working.find(({ source }) => source !== 'relay');
  if (forwarded !== undefined) {
    return {
      verdict: 'mapped',
      why: `${forwarded.address} is forwarded to this machine, and works from outside.`,
    };
  }
  if (evidence.relays.some(({ state }) => state === 'reserved')) return withRelay(evidence);
  return {
    verdict: 'lan-only',
    why: `No address works from outside, and ${evidence.relays.length === 0 ? 'no relay is known' : 'no relay takes this machine in'}.`,
  };
}

function withRelay({ mapping }: ReachEvidence): Judgement {
  switch (mapping) {
    case 'same':
      return {
        verdict: 'punchable',
        why: 'A relay is there, and the router uses one port for all destinations.',
      };
    case 'none':
      return {
        verdict: 'punchable',
        why: 'A relay is there, and no router changes the addresses of this machine.',
      };
    case 'varies':
      return {
        verdict: 'relay-only',
        why: 'A relay is there, but the router uses a new port for each destination.',
      };
    case 'blocked':
      return { verdict: 'relay-only', why: 'A relay is there, but UDP does not get out of this network.' };
    case 'unknown':
      return {
        verdict: 'relay-only',
        why: 'A relay is there, but no server told how this network treats UDP.',
      };
    default:
      return mapping satisfies never;
  }
}
