import { useNow } from '../state/use-now.ts';
import { clock } from '../words/format.ts';

/** How long a call still waits for a person, here or there. */
export function Deadline({ deadline }: { deadline: number }) {
  const now = useNow(1000);
  return <>{deadline <= now ? 'no longer' : `for ${clock(deadline - now)} more, at most`}</>;
}
