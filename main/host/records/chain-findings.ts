import type { CallId } from '../../../shared/ids.ts';
import type { ChainCheck } from '../../../shared/receipts.ts';
import { entryHash, type ChainEntry } from './chain-entry.ts';

type Problem = ChainCheck['problems'][number];
const MAX_PROBLEMS = 100;

/** What a check has found so far: the first 100. */
export class ChainFindings {
  readonly problems: Problem[] = [];
  #found = 0;

  get ok(): boolean {
    return this.#found === 0;
  }

  add(kind: Problem['kind'], entry: number | null, callId: number | null, text: string): void {
    this.#found += 1;
    if (this.problems.length >= MAX_PROBLEMS) return;
    const isId = callId !== null && Number.isSafeInteger(callId) && callId > 0;
    this.problems.push({ kind, entry, callId: isId ? (callId as CallId) : null, text });
  }
}

/** An entry whose hash is not what follows from the one before, and what was stored with it. */
export interface BrokenEntry extends ChainEntry {
  readonly stored: Uint8Array;
  /** Hash of the entry before, as it is stored. */
  readonly previous: Uint8Array;
}

/**
 * Which of the broken entries are entries of another place: its content and hash fit there. The one found in each such
 * place is returned, by the place; `sound` where the entry only followed one of those.
 */
export function misplaced(broken: readonly BrokenEntry[]): Map<number, number | 'sound'> {
  const found = new Map<number, number | 'sound'>();
  const known = new Map<string, Uint8Array>();
  for (const place of broken) known.set(String(place.seq), place.previous);
  // Twice, since the right hash of one is known once it is found.
  for (let round = 0; round < 2; round += 1) {
    for (const place of broken) {
      const previous = known.get(String(place.seq)) ?? place.previous;
      if (entryHash(previous, place).equals(place.stored)) found.set(place.seq, 'sound');
      for (const other of broken) {
        if (other.seq === place.seq || found.has(place.seq)) continue;
        if (!entryHash(previous, { ...other, seq: place.seq }).equals(other.stored)) continue;
        found.set(place.seq, other.seq);
        known.set(String(place.seq + 1), other.stored);
      }
    }
  }
  return found;
}
