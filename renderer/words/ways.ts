/** The ways to a peer that can be measured, and what a measurement says. Pure. */
import type { Way, WayResult } from '../../shared/compare.ts';
import { duration } from './format.ts';

export const wayWords: Record<Way, { name: string; meaning: string }> = {
  tcp: { name: 'TCP', meaning: 'libp2p' },
  quic: { name: 'QUIC', meaning: 'libp2p' },
  ws: { name: 'libp2p’s WebSocket', meaning: 'libp2p' },
  webrtc: { name: 'WebRTC', meaning: 'libp2p, through both routers' },
  relay: { name: 'Relay', meaning: 'libp2p, through another machine' },
  websocket: { name: 'WebSocket', meaning: 'Dawn’s wire, encrypted and signed' },
  legacy: { name: 'Legacy', meaning: 'Dawn’s wire, answers not encrypted' },
};

export const wasMeasured = ({ unavailable, calls }: WayResult): boolean => unavailable === null && calls > 0;

/** Milliseconds with as many digits as tell ways apart: `0.42 ms`, `14.3 ms`, `1.2 s`. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return duration(ms);
}

/** Small amounts with three digits, others with one decimal at most; `–` for unknown. */
export function amount(value: number | null): string {
  if (value === null) return '–';
  if (value === 0) return '0';
  if (value < 10) return value.toFixed(2);
  return value < 1000 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

/** What the comparison comes to, in a sentence or two. */
export function compareSentence(ways: readonly WayResult[]): string {
  const ranked = ways
    .flatMap(({ way, p50 }) => (p50 === null ? [] : [{ name: wayWords[way].name, p50 }]))
    .toSorted((a, b) => a.p50 - b.p50);
  const [best] = ranked;
  if (best === undefined) return 'Nothing could be measured.';
  const half = `half of the calls took ${milliseconds(best.p50)} or less`;
  const worst = ranked.at(-1);
  if (worst === undefined || ranked.length === 1) return `Over ${best.name} ${half}.`;
  const times = best.p50 === 0 ? 1 : worst.p50 / best.p50;
  if (times < 1.1) return `All ways are about as fast: over ${best.name} ${half}.`;
  return `${best.name} is fastest: ${half}. ${worst.name} took ${times.toFixed(1)} times as long.`;
}
