/** What states and decisions are called. Pure. */
import type { AgentState } from '../../shared/agents.ts';
import { waitsHere, type CallView } from '../../shared/calls.ts';
import type { Decision, Risk } from '../../shared/gate.ts';
import type { Path, PeerView, Trust } from '../../shared/peers.ts';
import type { Effect } from '../../shared/rules.ts';

export const pathWords: Record<Path, { letter: string; name: string; meaning: string }> = {
  lan: { letter: 'L', name: 'lan', meaning: 'on the same network' },
  direct: { letter: 'D', name: 'direct', meaning: 'straight to its address' },
  punched: { letter: 'P', name: 'punched', meaning: 'direct, through both routers' },
  relayed: { letter: 'R', name: 'relayed', meaning: 'through a relay, slower' },
  legacy: { letter: 'O', name: 'legacy', meaning: 'answers not encrypted' },
};

export const trustMeaning: Record<Trust, string> = {
  unknown: 'Not a contact. Its calls are denied.',
  known: 'A contact. You are asked about its calls.',
  trusted: 'A contact you trust. You are asked, unless a rule or setting lets it read unasked.',
  blocked: 'Refused before anything else is looked at.',
};

export const agentStateWords: Record<AgentState, string> = {
  unconfirmed: 'to be confirmed',
  stopped: 'stopped',
  starting: 'starting',
  running: 'running',
  waiting: 'ended, starts again',
  crashed: 'crashed',
  stopping: 'stopping',
};

/** The state of a peer's link in a word or two. */
export function peerStateWords(peer: PeerView): string {
  switch (peer.state) {
    case 'connected':
      return 'connected';
    case 'connecting':
      return 'connecting';
    case 'waiting':
      return 'lost, dials again';
    case 'offline':
      return 'offline';
    default:
      return peer.state satisfies never;
  }
}

/** The heading of an approval's risk line. Hints are the agent's own word, and it says so. */
export function riskSentence(risk: Risk, stated: boolean): string {
  if (!stated) return 'Can change or delete things (the agent does not say otherwise)';
  switch (risk) {
    case 'reads':
      return 'Only reads (the agent says so)';
    case 'changes':
      return 'Can change things, and says it deletes nothing';
    case 'destroys':
      return 'Can change or delete things (the agent says so)';
    default:
      return risk satisfies never;
  }
}

const decidedBy: Record<Decision['by'], string> = {
  stopped: 'all stopped',
  blocked: 'blocked peer',
  'unknown-peer': 'unknown peer',
  rule: 'rule',
  budget: 'budget used up',
  quiet: 'quiet hours',
  default: 'by default',
  person: 'you',
  expired: 'no answer in time',
  withdrawn: 'withdrawn',
  limits: 'over limits',
  theirs: 'their side',
};

export type Tone = 'good' | 'bad' | 'wait' | 'plain';

/** What came of a call so far: one word, who decided, and its tone. */
export function outcome(call: CallView): { word: string; by: string; tone: Tone } {
  const by = call.decision === null ? '' : decidedBy[call.decision.by];
  switch (call.status) {
    case 'received':
      return { word: 'received', by: '', tone: 'plain' };
    case 'waiting':
      return waitsHere(call)
        ? { word: 'waits for you', by: '', tone: 'wait' }
        : { word: 'waits for them', by: '', tone: 'plain' };
    case 'running':
      return { word: 'running', by, tone: 'plain' };
    case 'reviewing':
      return waitsHere(call)
        ? { word: 'waits for your review', by: '', tone: 'wait' }
        : { word: 'reviewed there', by: '', tone: 'plain' };
    case 'answered':
      return call.toolError
        ? { word: 'tool error', by, tone: 'bad' }
        : { word: 'answered', by, tone: 'good' };
    case 'refused':
      return { word: call.decision?.by === 'expired' ? 'expired' : 'denied', by, tone: 'bad' };
    case 'failed':
      return { word: 'failed', by, tone: 'bad' };
    case 'cancelled':
      return { word: 'cancelled', by, tone: 'plain' };
    case 'interrupted':
      return { word: 'interrupted', by: 'effect unknown', tone: 'bad' };
    default:
      return call.status satisfies never;
  }
}

export const effectWords: Record<Effect, string> = {
  allow: 'Allow',
  ask: 'Ask',
  'ask-and-review': 'Ask and review',
  deny: 'Deny',
};

export const PATHS_BEST_FIRST = [
  'lan',
  'direct',
  'punched',
  'relayed',
  'legacy',
] as const satisfies readonly Path[];
