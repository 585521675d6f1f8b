import { useNow } from '../state/use-now.ts';
import { clock } from '../words/format.ts';

const RADIUS = 6;
const ROUND = 2 * Math.PI * RADIUS;

/** The time left, in figures and as a ring that empties. Silent to screen readers until asked. */
export function Deadline({ askedAt, deadline }: { askedAt: number; deadline: number }) {
  const now = useNow(1000);
  const left = Math.max(0, deadline - now);
  const share = Math.min(1, left / Math.max(1, deadline - askedAt));
  return (
    <span
      role="timer"
      aria-label={`${clock(left)} left`}
      className="numbers flex w-17 shrink-0 items-center justify-end gap-1.5 text-lg font-medium text-wait"
    >
      {clock(left)}
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden>
        <circle
          cx="8"
          cy="8"
          r={RADIUS}
          fill="none"
          className="stroke-wait-line"
          strokeWidth="1"
          strokeOpacity="0.4"
        />
        <circle
          cx="8"
          cy="8"
          r={RADIUS}
          fill="none"
          className="stroke-wait-line"
          strokeWidth="2.5"
          strokeDasharray={`${(ROUND * share).toString()} ${ROUND.toString()}`}
          transform="rotate(-90 8 8)"
        />
      </svg>
    </span>
  );
}
