/** Rules in words, as the window says them. Pure. */
import type { PeerId } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { ruleSentence as sentenceOf } from '../../shared/rule-sentence.ts';
import type { NewRule, RulesVersion, Step } from '../../shared/rules.ts';
import { shortId } from './format.ts';
import { shown } from './shown.ts';

/** What a peer is called in a sentence; hostile until the sentence is made. */
export type NameOf = (peerId: PeerId) => string;

/** As `peerLabel`, but not made visible yet: the sentence does that. */
export function rawLabel(peer: Pick<PeerView, 'alias' | 'name'> | undefined, peerId: PeerId): string {
  if (peer?.alias != null) return peer.alias;
  return peer?.name != null && peer.name !== '' ? `“${peer.name}” ${shortId(peerId)}` : shortId(peerId);
}

export const ruleSentence = (rule: NewRule, nameOf: NameOf): string => sentenceOf(rule, { nameOf });

export function whoWords({ peerId, trust }: Pick<NewRule, 'peerId' | 'trust'>, nameOf: NameOf): string {
  if (peerId !== null) return shown(nameOf(peerId), 80);
  return trust === null ? 'Any peer' : `Any ${trust} peer`;
}

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Monday first, as in a calendar here. */
export const DAYS = [1, 2, 3, 4, 5, 6, 0].map((day) => ({ day, name: dayNames[day] ?? '' }));

export const changedByWords: Record<RulesVersion['by'], string> = {
  answer: 'You answered a question',
  person: 'You changed the rules',
  import: 'You imported rules',
  restore: 'You went back',
  'peer-forgotten': 'A peer was forgotten',
  'agent-replaced': 'An agent was replaced',
  expired: 'Rules ended',
};

export const stepWords: Record<Step, string> = {
  stopped: 'Everything stopped',
  blocked: 'Blocked peers',
  quiet: 'Quiet hours',
  'rule-denies': 'Rules that deny',
  'unknown-peer': 'Unknown peers',
  legacy: 'Links without encryption',
  pin: 'The tool’s definition',
  rule: 'Rules',
  limits: 'Limits of the rule',
  budget: 'Budget of the peer',
  trust: 'Trust in the peer',
};
