import type { PeerId } from '../../../../shared/ids.ts';
import type { NatMapping } from '../../../../shared/reachability.ts';
import type { NatFinding } from './nat-mapping.ts';

/** What a test found out. */
export interface ReachFindings {
  /** That were to be tested. */
  readonly addresses: readonly string[];
  /** Who was asked to connect back, and who of them did it. */
  readonly judges: readonly PeerId[];
  readonly answered: readonly PeerId[];
  /** Somebody got through to these; of `judged`, somebody could tell at all. */
  readonly working: readonly string[];
  readonly judged: readonly string[];
  readonly stun: NatFinding | null;
}

const UDP: Record<NatMapping, string> = {
  unknown: 'What the STUN servers say does not tell how UDP is treated.',
  none: 'STUN servers see this machine as it is: no router changes its addresses.',
  same: 'STUN servers see one UDP port for all destinations.',
  varies: 'STUN servers see another UDP port for each destination.',
  blocked: 'No STUN server answers: UDP does not get out.',
};

/** Who was asked and what they found, in a sentence or two. Pure. */
export function sayFindings(findings: ReachFindings): string {
  const { stun } = findings;
  const udp = stun === null || stun.asked === 0 ? 'No STUN server is known.' : UDP[stun.mapping];
  return `${byPeers(findings)} ${udp}`;
}

function byPeers({ addresses, judges, answered, working, judged }: ReachFindings): string {
  if (addresses.length === 0) return 'There was no address to have tested from outside.';
  if (judges.length === 0) return 'Nobody elsewhere was linked who could try to connect back.';
  if (answered.length === 0) return `${named(judges)} would not try to connect back.`;
  if (judged.length === 0) return `${named(answered)} could not try any of our ${count(addresses.length)}.`;
  if (working.length === 0) return `${named(answered)} tried ${count(judged.length)} in vain.`;
  return `${named(answered)} connected back to ${working.length} of ${count(judged.length)}.`;
}

const count = (number: number): string => (number === 1 ? '1 address' : `${number} addresses`);

/** By the end of the id, which tells peers apart best. */
const named = (peers: readonly PeerId[]): string => {
  const ids = new Intl.ListFormat('en').format(peers.map((peerId) => `…${peerId.slice(-6)}`));
  return `${peers.length === 1 ? 'Peer' : 'Peers'} ${ids}`;
};
