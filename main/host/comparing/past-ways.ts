import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PastComparison, Way } from '../../../shared/compare.ts';
import type { CallId, PeerId } from '../../../shared/ids.ts';
import type { LinkTransport, Path } from '../../../shared/peers.ts';
import type { CallOutcome, CallStore } from '../records/index.ts';
import { resultsOf, WayTally } from './way-tally.ts';

/** Read in one turn of the event loop: some milliseconds. */
const PAGE = 2000;
/** Newest first; older ones are not looked at. */
const MAX_CALLS = 100_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface PastQuery {
  readonly peerId?: PeerId | undefined;
  readonly days: number;
}

/** What real calls took, by the way on which they ran. */
export async function pastWays(
  calls: Pick<CallStore, 'outcomes'>,
  { peerId, days }: PastQuery,
  now = Date.now(),
): Promise<PastComparison> {
  const since = now - days * DAY_MS;
  const tallies = new Map<Way, WayTally>();
  let before: CallId | null = null;
  for (let read = 0; read < MAX_CALLS; read += PAGE) {
    const { outcomes, next }: ReturnType<CallStore['outcomes']> = calls.outcomes({ before, limit: PAGE });
    for (const outcome of outcomes) {
      const isAsked = outcome.at >= since && (peerId === undefined || outcome.peerId === peerId);
      if (isAsked) count(tallies, outcome);
    }
    before = next;
    // A clock that was set back leaves a few calls out of order, and not a whole page.
    const isOlder = outcomes.length > 0 && outcomes.every(({ at }) => at < since);
    if (next === null || isOlder) break;
    await nextTurn();
  }
  return { since, ways: resultsOf(ORDER.flatMap((way) => tallies.get(way) ?? [])) };
}

/** Those that never left, or that somebody refused, tell nothing of a way. */
function count(
  tallies: Map<Way, WayTally>,
  { path, transport, status, at, runMs, ...rest }: CallOutcome,
): void {
  if (path === null || transport === null || runMs === null) return;
  if (status !== 'answered' && status !== 'failed') return;
  const way = wayOf(path, transport);
  const tally = tallies.get(way) ?? new WayTally(way);
  tallies.set(way, tally);
  if (status === 'answered') tally.answered(at, runMs, rest.bytes);
  else tally.failed(rest.error ?? 'The call failed.');
}

const ORDER: readonly Way[] = ['tcp', 'quic', 'ws', 'webrtc', 'relay', 'websocket', 'legacy'];

/** On which way a call ran. */
export function wayOf(path: Path, transport: LinkTransport): Way {
  if (path === 'relayed') return 'relay';
  if (path === 'legacy') return 'legacy';
  return path === 'punched' ? 'webrtc' : transport;
}
