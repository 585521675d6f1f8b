import type { Effect, Replay } from '../../../shared/rules.ts';

type Counts = Omit<Replay, 'sentence' | 'differing' | 'since'>;

/** What a replay found, in words. `left`: calls that the replaced rule decided and that would now go otherwise. */
export function replaySentence(counts: Counts, effect: Effect, left: number): string {
  return [main(counts, effect), ...(left > 0 ? [leftText(left)] : []), ...unknownText(counts)].join(' ');
}

function main(counts: Counts, effect: Effect): string {
  const { calls, decided, wouldAllow, wouldAsk, wouldDeny, allowsDenied, deniesAllowed } = counts;
  if (calls === 0) return 'There are no calls on record that it could have decided.';
  if (decided === 0)
    return `Would have decided none of ${calls === 1 ? 'one call' : `${calls} calls`} on record.`;
  const parts = [
    ...(wouldAllow > 0
      ? [
          `allowed ${callsText(wouldAllow)}, ${of(allowsDenied, 'that you or a rule denied', 'that you denied')}`,
        ]
      : []),
    ...(wouldAsk > 0
      ? [
          `asked you about ${callsText(wouldAsk)}${effect === 'allow' && wouldAllow > 0 ? ' beyond its limits or over legacy links' : ''}`,
        ]
      : []),
    ...(wouldDeny > 0
      ? [`denied ${callsText(wouldDeny)}, ${of(deniesAllowed, 'that were allowed', 'that was allowed')}`]
      : []),
  ];
  return `Would have ${parts.join(', and ')}.`;
}

const callsText = (count: number): string => (count === 1 ? 'one call' : `${count} calls`);
const of = (count: number, some: string, none: string): string =>
  count === 0 ? `none ${none}` : `${count} ${some}`;
const leftText = (count: number): string =>
  `${count === 1 ? 'One call' : `${count} calls`} that the present rule decided would have gone otherwise.`;
const unknownText = ({ unknown }: Counts): string[] =>
  unknown === 0
    ? []
    : [
        `The arguments of ${unknown === 1 ? 'one more are' : `${unknown} more are`} not on record, so nothing can be said of ${unknown === 1 ? 'it' : 'them'}.`,
      ];
