/** How much of something limited is used: a bar, and the words. */
export function UsedBar({ used, limit, words }: { used: number; limit: number; words: string }) {
  const share = limit <= 0 ? 1 : Math.min(1, used / limit);
  const isFull = used >= limit;
  return (
    <span className="numbers inline-flex items-center gap-1.5 text-sm whitespace-nowrap">
      <svg viewBox="0 0 48 6" width="48" height="6" aria-hidden className="shrink-0">
        <rect x="0.5" y="0.5" width="47" height="5" rx="1.5" className="fill-sunken stroke-strong-line" />
        <rect
          x="0"
          y="0"
          width={used === 0 ? 0 : Math.max(2, share * 48)}
          height="6"
          rx="1.5"
          className={isFull ? 'fill-bad' : 'fill-accent'}
        />
      </svg>
      <span className={isFull ? 'text-bad' : 'text-dim'}>
        {words}
        {isFull ? ', used up' : ''}
      </span>
    </span>
  );
}
