/** A gate: two posts, a bar. */
export const Logo = ({ size = 20 }: { size?: number }) => (
  <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden className="shrink-0">
    <rect x="1" y="2" width="18" height="16" rx="3" className="fill-accent" />
    <path
      d="M5.5 14V8.5a4.5 4.5 0 0 1 9 0V14M10 4v10M5.5 10.5h9"
      className="fill-none stroke-on-accent"
      strokeWidth="1.6"
    />
  </svg>
);
