/** What became of a call of ours, in the caller's words. Pure. */
import type { CallView } from '../../shared/calls.ts';
import { RpcCode } from '../../shared/errors.ts';
import type { LiveState } from '../../shared/live.ts';
import { isCallOver } from '../../shared/live.ts';
import type { Tone } from '../words/sentences.ts';

export interface OwnCallTarget {
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
}

/** The newest call in the live state; 0 without any. */
export const newestCall = (calls: LiveState['calls']): number =>
  Object.keys(calls).reduce((most, id) => Math.max(most, Number(id)), 0);

/** The call that was begun after `after`: the first of ours to that tool. */
export const ownCall = (
  calls: LiveState['calls'],
  target: OwnCallTarget,
  after: number,
): CallView | undefined =>
  Object.values(calls).find(
    ({ id, direction, peerId, agent, tool }) =>
      id > after &&
      direction === 'out' &&
      peerId === target.peerId &&
      agent === target.agent &&
      tool === target.tool,
  );

export interface OwnCallWords {
  readonly tone: Tone;
  readonly title: string;
  /** What follows; empty where nothing does. */
  readonly text: string;
}

/** How it ended where that was not with an answer; null for all else. */
export function endedWords(call: CallView): OwnCallWords | null {
  if (!isCallOver(call) || call.status === 'answered') return null;
  if (call.redeemable)
    return {
      tone: 'plain',
      title: 'The link was lost before the answer came',
      text: 'The other side may have run it, and keeps the answer for an hour.',
    };
  const said = call.error ?? '';
  if (call.decision?.by === 'expired' || call.errorCode === RpcCode.expired)
    return {
      tone: 'plain',
      title: 'Nobody answered in time',
      text: `It was not denied, and did not run. ${said}`,
    };
  if (call.decision?.by === 'budget' || call.errorCode === RpcCode.overBudget)
    return { tone: 'bad', title: 'Your budget there is used up', text: said };
  if (call.errorCode === RpcCode.busy)
    return { tone: 'plain', title: 'They take no more calls now', text: said };
  switch (call.status) {
    case 'refused':
      return { tone: 'bad', title: call.decision?.by === 'person' ? 'You denied it' : 'Denied', text: said };
    case 'cancelled':
      return {
        tone: 'plain',
        title: 'Cancelled',
        text: 'It was withdrawn; where it had begun, its effect is unknown.',
      };
    case 'interrupted':
      return { tone: 'bad', title: 'Interrupted', text: `Whether it took effect is unknown. ${said}` };
    default:
      return { tone: 'bad', title: 'It failed', text: said };
  }
}

/** What the person there changed; null where nothing was. */
export function changedWords(call: CallView): string | null {
  switch (call.changed) {
    case 'no':
      return null;
    case 'arguments':
      return 'Their person changed the arguments before it ran. What came back answers what they made of them.';
    case 'result':
      return 'Their person changed the answer before it left.';
    case 'both':
      return 'Their person changed the arguments before it ran, and the answer before it left.';
    default:
      return call.changed satisfies never;
  }
}
