import { duration } from '../words/format.ts';

/** The longest that fills the bar: five minutes. */
const FULL_MS = 300_000;
const BAR = 72;

/** Length on a logarithmic scale, so that 2 ms and 2 minutes both can be seen. Pure. */
export const barLength = (ms: number, full: number): number =>
  ms <= 0 ? 0 : Math.min(full, (Math.log10(1 + ms) / Math.log10(1 + FULL_MS)) * full);

/** How long a person was asked (grey, hatched by a gap) and how long the agent worked (blue), stacked. */
export function TimeBar({
  waitMs,
  runMs,
  wide = false,
}: {
  waitMs: number;
  runMs: number | null;
  wide?: boolean;
}) {
  const full = wide ? BAR * 2 : BAR;
  const total = barLength(waitMs + (runMs ?? 0), full);
  const sum = waitMs + (runMs ?? 0);
  // Shares of the logarithmic length by time, but neither part so short that it vanishes.
  const wait =
    waitMs <= 0 ? 0 : Math.max(3, Math.min(total - (runMs === null ? 0 : 3), (waitMs / sum) * total));
  const run = runMs === null ? 0 : Math.max(2, total - wait);
  const words = [waitMs > 0 ? duration(waitMs) : '', runMs === null ? '' : duration(runMs)].filter(Boolean);
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      <svg width={full} height="8" aria-hidden className="shrink-0">
        <rect x="0" y="3.5" width={full} height="1" className="fill-line" />
        {wait > 0 ? <rect x="0" y="0" width={wait} height="8" rx="1" className="fill-strong-line" /> : null}
        {run > 0 ? (
          <rect x={wait > 0 ? wait + 1 : 0} y="0" width={run} height="8" rx="1" className="fill-accent" />
        ) : null}
      </svg>
      <span className="text-sm text-dim">{words.length === 0 ? '–' : words.join(' + ')}</span>
    </span>
  );
}
