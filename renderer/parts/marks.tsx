import { RadioTower, ShieldOff } from 'lucide-react';
import type { AgentState } from '../../shared/agents.ts';
import type { LinkTransport, Path, PeerView, Trust } from '../../shared/peers.ts';
import { agentStateWords, pathWords, peerStateWords, type Tone } from '../words/sentences.ts';

export const toneText: Record<Tone, string> = {
  good: 'text-good',
  bad: 'text-bad',
  wait: 'text-wait',
  plain: 'text-dim',
};

export type Shape = 'full' | 'half' | 'ring' | 'cross' | 'square';

/** A small mark whose shape, not only its colour, tells the state apart. */
export function Mark({ shape, tone }: { shape: Shape; tone: Tone }) {
  return (
    <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden className={`shrink-0 ${toneText[tone]}`}>
      {shape === 'full' ? <circle cx="5" cy="5" r="4" fill="currentColor" /> : null}
      {shape === 'half' ? <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" /> : null}
      {shape === 'half' || shape === 'ring' ? (
        <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.3" />
      ) : null}
      {shape === 'cross' ? <path d="M2 2l6 6M8 2l-6 6" stroke="currentColor" strokeWidth="1.8" /> : null}
      {shape === 'square' ? <rect x="1.5" y="1.5" width="7" height="7" rx="1.2" fill="currentColor" /> : null}
    </svg>
  );
}

const agentMarks: Record<AgentState, { shape: Shape; tone: Tone }> = {
  unconfirmed: { shape: 'square', tone: 'wait' },
  stopped: { shape: 'ring', tone: 'plain' },
  starting: { shape: 'half', tone: 'plain' },
  running: { shape: 'full', tone: 'good' },
  waiting: { shape: 'half', tone: 'bad' },
  crashed: { shape: 'cross', tone: 'bad' },
  stopping: { shape: 'half', tone: 'plain' },
};

export function AgentStateMark({ state }: { state: AgentState }) {
  const { shape, tone } = agentMarks[state];
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Mark shape={shape} tone={tone} />
      <span className={tone === 'good' ? 'text-dim' : toneText[tone]}>{agentStateWords[state]}</span>
    </span>
  );
}

const peerShapes: Record<PeerView['state'], { shape: Shape; tone: Tone }> = {
  connected: { shape: 'full', tone: 'good' },
  connecting: { shape: 'half', tone: 'plain' },
  waiting: { shape: 'half', tone: 'plain' },
  offline: { shape: 'ring', tone: 'plain' },
};

/** The link's state: a mark, and its word unless `bare` (then the word is only spoken). */
export function PeerStateMark({ peer, bare = false }: { peer: PeerView; bare?: boolean }) {
  const { shape, tone } =
    peer.trust === 'blocked' ? ({ shape: 'cross', tone: 'bad' } as const) : peerShapes[peer.state];
  const word = peer.trust === 'blocked' ? 'blocked' : peerStateWords(peer);
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Mark shape={shape} tone={tone} />
      <span className={bare ? 'sr-only' : 'text-dim'}>{word}</span>
    </span>
  );
}

const dashes: Record<Path, { width: number; dash: string; cap: 'butt' | 'round' }> = {
  lan: { width: 1.2, dash: '', cap: 'butt' },
  direct: { width: 3, dash: '', cap: 'butt' },
  punched: { width: 3, dash: '7 3', cap: 'butt' },
  relayed: { width: 1.6, dash: '3 3', cap: 'butt' },
  legacy: { width: 2, dash: '0.1 4', cap: 'round' },
};

/** A path as its line style and its name, as in the graph. A hollow line: over WebSocket, and not over libp2p. */
export function PathMark({
  path,
  transport = null,
  named = true,
}: {
  path: Path;
  transport?: LinkTransport | null;
  named?: boolean;
}) {
  const words = pathWords[path];
  const hollow = transport === 'websocket' && path !== 'legacy';
  return (
    <span
      className="inline-flex items-center gap-1.5 whitespace-nowrap"
      title={`${words.name}: ${words.meaning}${hollow ? ', over WebSocket' : ''}`}
    >
      <PathLineMark path={path} hollow={hollow} />
      <span className={named ? '' : 'sr-only'}>{words.name}</span>
      {hollow ? <span className="sr-only">, over WebSocket</span> : null}
    </span>
  );
}

function PathLineMark({ path, hollow }: { path: Path; hollow: boolean }) {
  const { width, dash, cap } = dashes[path];
  return (
    <svg viewBox="0 0 22 6" width="22" height="6" aria-hidden className="shrink-0 text-dim">
      {hollow ? (
        <rect
          x="1"
          y={path === 'lan' ? 1.5 : 0.75}
          width="20"
          height={path === 'lan' ? 3 : 4.5}
          fill="none"
          stroke="currentColor"
          strokeWidth={path === 'lan' ? 0.9 : 1.5}
        />
      ) : (
        <line
          x1="1"
          x2="21"
          y1="3"
          y2="3"
          stroke="currentColor"
          strokeWidth={width}
          strokeDasharray={dash}
          strokeLinecap={cap}
        />
      )}
    </svg>
  );
}

/** How a link over WebSocket is drawn, whatever its path. */
export const WebSocketLineMark = () => (
  <span className="inline-flex items-center gap-1.5 whitespace-nowrap" title="A hollow line: over WebSocket">
    <PathLineMark path="direct" hollow />
    <span>over WebSocket</span>
  </span>
);

const trustStyle: Record<Trust, string> = {
  unknown: 'border-dashed border-strong-line text-dim',
  known: 'border-strong-line text-text',
  trusted: 'border-good text-good',
  blocked: 'border-bad text-bad',
};

export const TrustMark = ({ trust }: { trust: Trust }) => (
  <span
    className={`inline-block rounded-sm border px-1.5 text-xs leading-4.5 font-medium ${trustStyle[trust]}`}
  >
    {trust}
  </span>
);

/** It relays for others. */
export const RelayMark = () => (
  <span
    className="inline-flex items-center gap-1 rounded-sm border border-strong-line px-1.5 text-xs leading-4.5 font-medium text-dim"
    title="It relays for others"
  >
    <RadioTower size={11} aria-hidden />
    relay
  </span>
);

/** Nobody vouches for what an agent is said to be. */
export const UnsignedMark = () => (
  <span
    className="ml-1.5 inline-flex items-center gap-1 rounded-sm border border-bad px-1.5 align-middle text-xs leading-4.5 font-medium text-bad"
    title="A Dawn node says so, and nobody signed it. It may have been changed on the way."
  >
    <ShieldOff size={11} aria-hidden className="shrink-0" />
    unsigned
  </span>
);

/** A count that waits for the person: the one amber thing. */
export const WaitCount = ({ count, label }: { count: number; label: string }) => (
  <span
    className="numbers inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full bg-wait-line px-1.5 text-xs font-semibold text-[#1a1200]"
    title={label}
  >
    <span aria-hidden>{count}</span>
    <span className="sr-only">{label}</span>
  </span>
);
