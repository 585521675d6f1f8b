import { isRecord } from './is-record.ts';
import { AgentName } from '../../../shared/ids.ts';
import type { CallQuery, CallView } from '../../../shared/calls.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { CallStore, RecordedCall } from '../records/index.ts';
import type { Pace } from './pace.ts';

/** An incoming call that was decided, as it was. */
export interface PastCall {
  readonly call: CallView;
  readonly agent: AgentName;
  readonly decision: Decision;
  /** Null: not in the records, or not as they were. */
  readonly args: Record<string, unknown> | null;
}

type Recorded = Pick<CallStore, 'page' | 'recorded'>;
type Scope = Pick<CallQuery, 'peerId' | 'agent' | 'tool'>;

/** So many bodies of 64 KiB are in memory at a time. */
const PAGE = 32;
/** What is read of the others in one go, which takes a few milliseconds. */
const VIEWS = 64;

/** Decided incoming calls, newest first, at most `max` that were recorded. The arguments are read one page at a time. */
export async function* newestFirst(
  calls: Recorded,
  scope: Scope,
  max: number,
  pace: Pace,
): AsyncGenerator<PastCall, void> {
  let before: CallView['id'] | undefined;
  for (let seen = 0; seen < max;) {
    const page = calls.recorded(query(scope, before, Math.min(PAGE, max - seen)));
    for (const recorded of page) {
      const past = pastOf(recorded);
      if (past !== null) yield past;
      if (pace.isDue()) await pace.giveWay();
    }
    seen += page.length;
    before = page.at(-1)?.call.id;
    if (before === undefined || page.length < Math.min(PAGE, max - seen + page.length)) return;
  }
}

/** The same calls, the oldest of them first. */
export async function* oldestFirst(
  calls: Recorded,
  scope: Scope,
  max: number,
  pace: Pace,
): AsyncGenerator<PastCall, void> {
  const ids: CallView['id'][] = [];
  while (ids.length < max) {
    const page = calls.page(query(scope, ids.at(-1), Math.min(VIEWS, max - ids.length)));
    for (const { id } of page) ids.push(id);
    if (page.length === 0) break;
    await pace.giveWay();
  }
  for (let end = ids.length; end > 0; end -= PAGE) {
    const begin = Math.max(0, end - PAGE);
    const page = calls.recorded(query(scope, ids[begin - 1], end - begin));
    for (const recorded of page.toReversed()) {
      const past = pastOf(recorded);
      if (past !== null) yield past;
      if (pace.isDue()) await pace.giveWay();
    }
  }
}

const query = (scope: Scope, before: CallView['id'] | undefined, limit: number): CallQuery => ({
  ...scope,
  direction: 'in',
  limit,
  ...(before === undefined ? {} : { before }),
});

function pastOf({ call, request, masked }: RecordedCall): PastCall | null {
  const agent = AgentName.safeParse(call.agent);
  if (call.decision === null || !agent.success) return null;
  return { call, agent: agent.data, decision: call.decision, args: masked ? null : argumentsIn(request) };
}

/** The arguments that a record keeps; null where it keeps none. */
export function argumentsIn(request: string | null): Record<string, unknown> | null {
  if (request === null) return null;
  try {
    const args: unknown = JSON.parse(request);
    return isRecord(args) ? args : null;
  } catch {
    return null;
  }
}
