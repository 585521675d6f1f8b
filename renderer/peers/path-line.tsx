import { useEffect, useRef, useState } from 'react';
import type { LinkView, Path } from '../../shared/peers.ts';
import { PathMark } from '../parts/marks.tsx';
import { rtt } from '../words/format.ts';
import { PATHS_BEST_FIRST, pathWords } from '../words/sentences.ts';

const SHOWN_MS = 12_000;

/** The path in use, in one line that keeps its place while the path gets better or worse. */
export function PathLine({ links }: { links: readonly LinkView[] }) {
  const [best] = links;
  const path = best?.path ?? null;
  const before = useFormerPath(path);
  if (best === undefined) return null;
  const isBetter = before !== null && PATHS_BEST_FIRST.indexOf(best.path) < PATHS_BEST_FIRST.indexOf(before);
  return (
    <p role="status" aria-label="Path" className="numbers flex min-h-5 items-center gap-2 whitespace-nowrap">
      <PathMark path={best.path} transport={best.transport} />
      <span className="min-w-0 flex-1 truncate text-dim">
        {before === null
          ? meaningOf(best)
          : `${isBetter ? 'better than before' : 'before'}: ${pathWords[before].name}`}
      </span>
      <span aria-live="off">{best.rttMs === null ? '' : rtt(best.rttMs)}</span>
    </p>
  );
}

const meaningOf = ({ path, transport }: LinkView): string =>
  transport === 'websocket' && path !== 'legacy' ? 'over WebSocket' : pathWords[path].meaning;

/** The path before this one, for a while after it changed. */
function useFormerPath(path: Path | null): Path | null {
  const [former, setFormer] = useState<Path | null>(null);
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return undefined;
    setFormer(last.current);
    last.current = path;
    const timer = setTimeout(() => setFormer(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [path]);
  return former === path ? null : former;
}
