/** What the Calls page has of the calls: the live ones as they come, older ones by the page from the records. */
import type { CallQuery, CallView } from '../../shared/calls.ts';

/** At most this many are held; beyond it the oldest go, and come back from the records when scrolled to. */
export const MAX_HELD = 20_000;

export interface CallFilter {
  readonly text: string;
  readonly direction: 'in' | 'out' | '';
  readonly status: CallView['status'] | '';
  /** Exactly this one; empty: any. */
  readonly agent: string;
  readonly tool: string;
}

export const noFilter: CallFilter = { text: '', direction: '', status: '', agent: '', tool: '' };

/** Whether a live call passes; the records filter their own in the same way. Pure. */
export function passes(call: CallView, filter: CallFilter, peerName: string): boolean {
  if (filter.direction !== '' && call.direction !== filter.direction) return false;
  if (filter.status !== '' && call.status !== filter.status) return false;
  if (filter.agent !== '' && call.agent !== filter.agent) return false;
  if (filter.tool !== '' && call.tool !== filter.tool) return false;
  const text = filter.text.trim().toLowerCase();
  if (text === '') return true;
  return [call.agent, call.tool, call.error ?? '', call.peerId, peerName].some((part) =>
    part.toLowerCase().includes(text),
  );
}

/**
 * Brings a list under a filter up to date with the live calls: what is held is replaced, and goes once it no longer
 * has the status asked for; what is new comes where it passes. Pure; returns the same list where nothing changed.
 */
export function takeLive(
  held: readonly CallView[],
  live: readonly CallView[],
  filter: CallFilter,
  nameOf: (call: CallView) => string,
): readonly CallView[] {
  const known = new Set(held.map((call) => call.id));
  // The words of a held call were found by the records already, which may look at more than is here.
  const keeps = (call: CallView): boolean => passes(call, { ...filter, text: '' }, '');
  const incoming = live.filter((call) => known.has(call.id) || passes(call, filter, nameOf(call)));
  const merged = mergeCalls(held, incoming);
  return incoming.every(keeps) ? merged : merged.filter(keeps);
}

/**
 * Takes calls into a list that is sorted by id, oldest first. A call that is there already is replaced.
 * Pure; returns the same list where nothing changed.
 */
export function mergeCalls(held: readonly CallView[], incoming: readonly CallView[]): readonly CallView[] {
  const byId = new Map(held.map((call) => [call.id, call]));
  let changed = false;
  for (const call of incoming) {
    if (byId.get(call.id) === call) continue;
    byId.set(call.id, call);
    changed = true;
  }
  if (!changed) return held;
  return [...byId.values()].toSorted((a, b) => a.id - b.id);
}

/** What the records are asked for under a filter. Pure. */
export function filterQuery({
  text,
  direction,
  status,
  agent,
  tool,
}: CallFilter): Pick<CallQuery, 'text' | 'direction' | 'status' | 'agent' | 'tool'> {
  const wanted = text.trim().slice(0, 200);
  return {
    ...(wanted === '' ? {} : { text: wanted }),
    ...(direction === '' ? {} : { direction }),
    ...(status === '' ? {} : { status }),
    ...(agent === '' ? {} : { agent }),
    ...(tool === '' ? {} : { tool }),
  };
}
