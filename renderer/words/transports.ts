/** The two transports, and what a legacy peer is, as the whole interface says it. Pure. */
import type { LiveState } from '../../shared/live.ts';
import type { LinkTransport, PeerView } from '../../shared/peers.ts';
import {
  chosenTransports,
  type Fallback,
  type TransportChoice,
  type TransportName,
  type TransportView,
} from '../../shared/transports.ts';
import { isLoopback } from './addresses.ts';
import { duration, plural, time, whole } from './format.ts';
import type { Tone } from './sentences.ts';

export const transportNames: Record<TransportName, string> = { libp2p: 'libp2p', websocket: 'WebSocket' };

/** The choices, the usual one first: what each is called and what it means. */
export const choiceWords: Record<TransportChoice, { name: string; meaning: string }> = {
  libp2p: {
    name: 'libp2p',
    meaning: 'Finds direct paths and relays by itself. Dawn nodes cannot be reached.',
  },
  websocket: {
    name: 'WebSocket',
    meaning: 'The wire of Dawn: straight to an address, with no relays and no holes punched.',
  },
  both: {
    name: 'Both',
    meaning: 'libp2p where it works, and WebSocket where it does not.',
  },
};

/** The transport of one link, so that libp2p’s own WebSocket is not taken for the other one. */
export const linkTransportWords: Record<LinkTransport, string> = {
  tcp: 'TCP',
  quic: 'QUIC',
  ws: 'libp2p’s WebSocket',
  webrtc: 'WebRTC',
  websocket: 'WebSocket',
};

/** The badge. */
export const LEGACY = 'legacy, answers not encrypted';
export const LEGACY_RISK = {
  /** What an eavesdropper could see, and change. */
  see: 'What you send is encrypted and signed. What comes back is neither: anybody on the way can read the answers, and change them unseen.',
  agents: 'So can they change what it says of its agents and tools, since nobody signs that.',
  asked: 'You are asked about each call, in both directions. No rule can allow one.',
} as const;

/** The transports that carry calls, as the status line has it: `libp2p`, `libp2p and WebSocket`. */
export const carriersOf = (choice: TransportChoice): string =>
  chosenTransports(choice)
    .map((name) => transportNames[name])
    .join(' and ');

/** What a transport that does not simply run or rest is doing, as a sentence; null where there is nothing to say. */
export function transportNews(view: TransportView): { text: string; tone: Tone } | null {
  const name = transportNames[view.name];
  switch (view.state) {
    case 'draining':
      return {
        text:
          view.busy === 0
            ? `${name} is being switched off.`
            : `Calls with ${plural(view.busy, 'agent')} still end over ${name}.`,
        tone: 'plain',
      };
    case 'failed':
      return { text: `${name} failed: ${view.error ?? 'the reason is unknown.'}`, tone: 'bad' };
    case 'starting':
      return { text: `${name} is starting.`, tone: 'plain' };
    case 'running':
      return view.error === null ? null : { text: `${name}: ${view.error}`, tone: 'bad' };
    case 'off':
      return null;
    default:
      return view.state satisfies never;
  }
}

/** The state of one transport in a word or two. */
export function transportStateWords({ state, busy }: TransportView): string {
  if (state === 'draining') return busy === 0 ? 'ending' : `ending, calls with ${plural(busy, 'agent')} left`;
  return state;
}

/** In a few words for the status line. */
export function transportLine({
  settings,
  host,
}: {
  settings: Pick<LiveState['settings'], 'transport'>;
  host: Pick<LiveState['host'], 'transports'>;
}): { text: string; tone: Tone } {
  const carriers = carriersOf(settings.transport);
  const failed = host.transports.find(({ state }) => state === 'failed');
  if (failed !== undefined) return { text: `${transportNames[failed.name]} failed`, tone: 'bad' };
  const draining = host.transports.find(({ state }) => state === 'draining');
  const troubled = host.transports.find(({ state, error }) => state === 'running' && error !== null);
  if (draining === undefined && troubled !== undefined)
    return { text: `${transportNames[troubled.name]} needs a look`, tone: 'bad' };
  if (draining === undefined) return { text: carriers, tone: 'plain' };
  const ends =
    draining.busy === 0
      ? `${transportNames[draining.name]} ends`
      : `calls with ${plural(draining.busy, 'agent')} end over ${transportNames[draining.name]}`;
  return { text: `${carriers}, ${ends}`, tone: 'plain' };
}

/** Why a peer is linked over WebSocket although libp2p is preferred, in three parts: since when, why, and what next. */
export function fallbackWords(
  { since, afterMs, reason, nextTryAt }: Fallback,
  now: number,
): { since: string; reason: string; next: string } {
  const left = nextTryAt === null ? null : Math.max(0, Math.ceil((nextTryAt - now) / 1000));
  return {
    since: `Over WebSocket since ${time(since).slice(0, -3)}, ${whyNotLibp2p(afterMs)}:`,
    reason: /[.!?]$/.test(reason) ? reason : `${reason}.`,
    next:
      left === null
        ? 'libp2p is not tried again by itself.'
        : left === 0
          ? 'libp2p is being tried again.'
          : `libp2p is tried again in ${left < 90 ? `${whole(left)} s` : duration(left * 1000)}.`,
  };
}

/** Waited for in vain, or failed before that. */
function whyNotLibp2p(afterMs: number): string {
  // The head start that libp2p has, less what a timer may be early.
  if (afterMs >= 2900) return `since libp2p did not answer for ${patience(afterMs)}`;
  return afterMs < 100 ? 'instead of libp2p' : `since libp2p failed after ${patience(afterMs)}`;
}

/** `3.0 s`: with tenths, since it is a few seconds. */
const patience = (ms: number): string => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms));

/** Whether it is a Dawn node, or has shown itself as one. */
export const isDawnNode = ({ legacy }: Pick<PeerView, 'legacy'>): boolean =>
  legacy === 'offered' || legacy === 'allowed';

/** Answers ping and identify, and nothing else that is of use. */
export const isPlainNode = (peer: Pick<PeerView, 'legacy' | 'speaksGatehouse'>): boolean =>
  peer.speaksGatehouse === false && !isDawnNode(peer);

/** Those that announce where they listen, WebSocket’s with who is there. */
export function webSocketAddressesToGive(
  transports: readonly TransportView[],
  peerId: string,
): readonly string[] {
  return transports
    .filter(({ name }) => name === 'websocket')
    .flatMap(({ addresses }) => addresses)
    .filter((address) => !isLoopback(address))
    .map((address) => (address.includes('#') ? address : `${address.replace(/\/$/, '')}#${peerId}`));
}
