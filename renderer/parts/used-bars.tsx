import type { Budget, Used } from '../../shared/rules.ts';
import { bytes, whole } from '../words/format.ts';
import { UsedBar } from './used-bar.tsx';

/** One bar for each amount that has an end; `per` says of what time, such as "this hour". */
export function UsedBars({ used, limit, per }: { used: Used; limit: Budget; per: string }) {
  const of = (spent: number, end: number, say: (amount: number) => string, unit: string) => (
    <UsedBar used={spent} limit={end} words={`${say(spent)} of ${say(end)}${unit} ${per}`} />
  );
  return (
    <>
      {limit.calls === null ? null : of(used.calls, limit.calls, whole, ' calls')}
      {limit.bytes === null ? null : of(used.bytes, limit.bytes, bytes, '')}
      {limit.seconds === null ? null : of(used.seconds, limit.seconds, whole, ' s of work')}
    </>
  );
}
