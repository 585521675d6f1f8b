interface Tick {
  /** Of the width. */
  readonly share: number;
  readonly text: string;
}

/** Values along the foot of a plot. Those at the ends stay within it. */
export const Axis = ({ ticks }: { ticks: readonly Tick[] }) => (
  <div aria-hidden className="numbers relative h-5 overflow-hidden text-sm text-dim">
    {ticks.map(({ share, text }) => (
      <span
        key={share}
        className={`absolute top-0 whitespace-nowrap ${share < 0.06 ? '' : share > 0.94 ? '-translate-x-full' : '-translate-x-1/2'}`}
        style={{ left: `${(share * 100).toString()}%` }}
      >
        {text}
      </span>
    ))}
  </div>
);
