import { useState, type KeyboardEvent, type ReactNode } from 'react';

interface CursorPlotProps {
  /** What the plot is, for those who hear it. */
  label: string;
  /** How many places the cursor can stand at. */
  stops: number;
  /** Where a place is, as a share of the width. */
  shareOf: (stop: number) => number;
  /** The place at a share of the width. */
  stopAt: (share: number) => number;
  /** What there is at a place: shown beside the cursor, and said in one line. */
  detailOf: (stop: number) => { title: string; rows: readonly (readonly [string, string])[] };
  children: ReactNode;
}

/** A plot with a cursor that follows the pointer, or the arrow keys; what it stands on is said either way. */
export function CursorPlot({ label, stops, shareOf, stopAt, detailOf, children }: CursorPlotProps) {
  const [stop, setStop] = useState<number | null>(null);
  const [focused, setFocused] = useState(false);
  const last = stops - 1;
  const at = stop === null ? null : Math.min(last, stop);
  const move = (event: KeyboardEvent) => {
    const here = at ?? 0;
    const steps: Record<string, number> = {
      ArrowRight: here + 1,
      ArrowUp: here + 1,
      ArrowLeft: here - 1,
      ArrowDown: here - 1,
      PageUp: here + 5,
      PageDown: here - 5,
      Home: 0,
      End: last,
    };
    if (event.key === 'Escape' && stop !== null) {
      event.preventDefault();
      setStop(null);
      return;
    }
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setStop(at === null ? Math.max(0, Math.min(last, here)) : Math.max(0, Math.min(last, next)));
  };
  const detail = at === null ? null : detailOf(at);
  const share = at === null ? 0 : shareOf(at);
  const said = detailOf(at ?? 0);
  return (
    <div className="relative">
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at ?? 0}
        aria-valuetext={`${said.title}: ${said.rows.map(([name, value]) => `${name} ${value}`).join(', ')}`}
        onKeyDown={move}
        onFocus={(event) => {
          if (event.currentTarget.matches(':focus-visible')) setStop((before) => before ?? 0);
          setFocused(true);
        }}
        onBlur={() => {
          setFocused(false);
          setStop(null);
        }}
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          setStop(stopAt(Math.min(1, Math.max(0, (event.clientX - left) / width))));
        }}
        onPointerLeave={() => {
          if (!focused) setStop(null);
        }}
        className="relative touch-pan-y"
      >
        {children}
        {at === null ? null : (
          <span
            aria-hidden
            className="pointer-events-none absolute inset-y-0 w-px bg-accent"
            style={{ left: `${(share * 100).toString()}%` }}
          />
        )}
      </div>
      {detail === null ? null : (
        <div
          aria-hidden
          data-testid="plot-detail"
          className="numbers pointer-events-none absolute top-1 z-1 rounded-md border border-line bg-raised px-2.5 py-1.5 text-sm shadow-float"
          style={
            share > 0.5
              ? { right: `calc(${((1 - share) * 100).toString()}% + 8px)` }
              : { left: `calc(${(share * 100).toString()}% + 8px)` }
          }
        >
          <p className="font-medium whitespace-nowrap">{detail.title}</p>
          <dl className="grid grid-cols-[auto_auto] gap-x-3">
            {detail.rows.map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="truncate text-dim">{name}</dt>
                <dd className="text-right whitespace-nowrap">{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}
