import type { Fallback } from '../../shared/transports.ts';
import { Hostile } from '../parts/hostile.tsx';
import { useNow } from '../state/use-now.ts';
import { fallbackWords } from '../words/transports.ts';

/** Since when WebSocket, why, and when libp2p is tried again. */
export function FallbackLine({ fallback }: { fallback: Fallback }) {
  const now = useNow(1000);
  const { since, reason, next } = fallbackWords(fallback, now);
  return (
    <p className="numbers">
      {since} <Hostile text={reason} max={300} /> {next}
    </p>
  );
}
