/** How a call was decided when it came, as a sentence. Pure. */
import type { CallView } from '../../shared/calls.ts';

export function decidedSentence(call: CallView): string {
  const { decision } = call;
  if (decision === null)
    return call.status === 'waiting' || call.status === 'received'
      ? 'It is not decided yet.'
      : 'The other side did not say how it was decided.';
  const allowed = decision.effect === 'allow';
  switch (decision.by) {
    case 'stopped':
      return 'It was refused because everything was stopped.';
    case 'blocked':
      return 'It was refused because the peer was blocked.';
    case 'unknown-peer':
      return 'It was refused because the peer was not a contact.';
    case 'rule':
      return allowed ? 'A rule allowed it.' : 'A rule denied it.';
    case 'budget':
      return 'It was refused because the peer’s budget for the day was used up.';
    case 'quiet':
      return 'It was refused because nobody was to be asked in the quiet hours.';
    case 'default':
      return allowed
        ? 'It was allowed because the peer is trusted and the tool states that it only reads.'
        : 'It was refused, since nothing allowed it.';
    case 'person':
      return allowed ? 'You allowed it.' : 'You denied it.';
    case 'expired':
      return 'It was refused because nobody answered in time.';
    case 'withdrawn':
      return 'The caller withdrew it before it was decided.';
    case 'limits':
      return 'It was refused because too much was asked at once.';
    case 'theirs':
      return allowed ? 'The other side allowed it.' : 'The other side refused it.';
    default:
      return decision.by satisfies never;
  }
}

export const changedWords: Record<CallView['changed'], string> = {
  no: '',
  arguments: 'The arguments were changed before it ran.',
  result: 'The answer was changed before it left.',
  both: 'The arguments were changed before it ran, and the answer before it left.',
};
