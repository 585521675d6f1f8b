/** Reachability as the whole interface says it. Pure. */
import type { LiveState } from '../../shared/live.ts';
import type {
  AddressEvidence,
  AddressSource,
  NatMapping,
  Reachability,
  RelayUse,
  Verdict,
} from '../../shared/reachability.ts';
import type { Tone } from './sentences.ts';

/** The verdict, or what goes before it: all is stopped, or no address could be opened. */
export type Standing = Verdict | 'stopped' | 'silent';

export function standingOf({ host, reachability }: Pick<LiveState, 'host' | 'reachability'>): Standing {
  if (host.stoppedAt !== null) return 'stopped';
  const listens = host.addresses.length > 0 || host.transports.some(({ addresses }) => addresses.length > 0);
  return !listens && reachability.verdict !== 'offline' ? 'silent' : reachability.verdict;
}

/** One line for each, without a full stop. */
export const standingWords: Record<Standing, { line: string; tone: Tone }> = {
  unknown: { line: 'Reachability unknown', tone: 'plain' },
  open: { line: 'Reachable from anywhere', tone: 'good' },
  mapped: { line: 'Reachable through your router', tone: 'good' },
  punchable: { line: 'Reachable by a punched hole', tone: 'plain' },
  'relay-only': { line: 'Reachable through a relay only', tone: 'plain' },
  'lan-only': { line: 'On this network only', tone: 'plain' },
  offline: { line: 'Offline', tone: 'bad' },
  stopped: { line: 'Stopped: nobody can reach this machine', tone: 'bad' },
  silent: { line: 'Not listening: others cannot reach this machine', tone: 'bad' },
};

/** What follows and what to do. The host's own sentences, except where there is no verdict to speak of. */
export function consequenceOf(
  standing: Standing,
  reachability: Reachability,
): Pick<Reachability, 'consequence' | 'action'> {
  if (standing === 'stopped')
    return { consequence: 'Every link is cut and no address is open.', action: 'Resume to listen again.' };
  if (standing === 'silent')
    return {
      consequence: 'No address could be opened. This machine can still connect to others.',
      action: 'The notices below say why.',
    };
  return reachability;
}

export const sourceWords: Record<AddressSource, string> = {
  interface: 'this machine',
  router: 'opened on the router',
  observed: 'seen by others',
  relay: 'a relay',
  announced: 'set by you',
};

export const scopeWords: Record<AddressEvidence['scope'], string> = {
  machine: 'for this machine only',
  lan: 'for this network',
  public: 'for anywhere',
};

const SCOPE_ORDER = { public: 0, lan: 1, machine: 2 } as const;
const standOf = ({ verified, failed }: AddressEvidence): number =>
  failed !== null ? 2 : verified !== null ? 0 : 1;

/** The farthest reaching first, and of those what works before what does not. */
export const compareEvidence = (a: AddressEvidence, b: AddressEvidence): number =>
  SCOPE_ORDER[a.scope] - SCOPE_ORDER[b.scope] ||
  standOf(a) - standOf(b) ||
  (a.address < b.address ? -1 : a.address > b.address ? 1 : 0);

export const natWords: Record<NatMapping, { short: string; sentence: string }> = {
  unknown: {
    short: 'NAT unknown',
    sentence: 'How UDP is translated on the way out is unknown: no STUN server has told yet.',
  },
  none: { short: 'no NAT', sentence: 'UDP is not translated: others see this machine’s own address.' },
  same: {
    short: 'a hole can be punched',
    sentence:
      'The router keeps one outer port for each inner one, whoever is sent to. A hole can be punched through it.',
  },
  varies: {
    short: 'no hole can be punched',
    sentence:
      'The router takes another outer port for each destination, so nobody can guess it. No hole can be punched through it.',
  },
  blocked: {
    short: 'UDP does not get out',
    sentence: 'No STUN server answers. UDP does not get out of this network.',
  },
};

export const relayStateWords: Record<RelayUse['state'], string> = {
  reserved: 'reserved',
  trying: 'asking',
  failed: 'refused',
};

/** Addresses to give to others: those that were proven from elsewhere first, each once and with the peer id. */
export function provenAddresses({ evidence }: Reachability, peerId: string): readonly string[] {
  return evidence.addresses
    .filter(({ scope, verified, failed }) => scope === 'public' && verified !== null && failed === null)
    .toSorted(compareEvidence)
    .map(({ address }) => `${address}/p2p/${peerId}`);
}
