import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CallDetail, CallQuery, CallView } from '../../../shared/calls.ts';
import type { CallId } from '../../../shared/ids.ts';
import { hashOf } from './bodies.ts';
import { callOf, SELECT_CALL } from './call-rows.ts';
import { CallSearch } from './call-search.ts';
import type { RecordedCall } from './index.ts';
import { NO_BODIES, SELECT_BODIES, StoredBodies } from './stored-bodies.ts';

/** Reads calls, newest first. */
export class CallReader {
  readonly #search: CallSearch;
  readonly #select: StatementSync;
  readonly #bodies: StatementSync;

  constructor(database: DatabaseSync) {
    this.#search = new CallSearch(database);
    this.#select = database.prepare(`${SELECT_CALL} FROM calls WHERE calls.id = ?`);
    this.#bodies = database.prepare(SELECT_BODIES);
  }

  ids(query: CallQuery): number[] {
    return this.#search.ids(query);
  }

  page(query: CallQuery): CallView[] {
    return this.#search.ids(query).flatMap((id) => this.#call(id) ?? []);
  }

  recorded(ids: readonly number[]): RecordedCall[] {
    return ids.flatMap((id) => {
      const call = this.#call(id);
      if (call === null) return [];
      const bodies = this.#bodiesOf(id);
      return {
        call,
        request: bodies.request,
        response: bodies.response,
        edited: bodies.edited,
        masked: bodies.request !== null && bodies.request_hash !== null,
        requestHash: bodies.request_hash,
        responseHash: bodies.response_hash,
      };
    });
  }

  detail(id: CallId): Omit<CallDetail, 'receipt'> | null {
    const call = this.#call(id);
    if (call === null) return null;
    const bodies = this.#bodiesOf(id);
    return {
      ...call,
      request: bodies.request,
      response: bodies.response,
      edited: bodies.edited,
      masked: isMasked(bodies),
      ...hashesOf(bodies),
    };
  }

  #call(id: number): CallView | null {
    const row = this.#select.get(id);
    return row === undefined ? null : callOf(row);
  }

  #bodiesOf(id: number): StoredBodies {
    return StoredBodies.safeParse(this.#bodies.get(id)).data ?? NO_BODIES;
  }
}

/** A text beside the hash of the whole is not the whole. */
const isMasked = (bodies: StoredBodies): boolean =>
  (bodies.request !== null && bodies.request_hash !== null) ||
  (bodies.response !== null && bodies.response_hash !== null) ||
  (bodies.edited !== null && bodies.edited_hash !== null);

const hashesOf = (bodies: StoredBodies): { requestHash: string | null; responseHash: string | null } => ({
  requestHash: bodies.request_hash ?? (bodies.request === null ? null : hashOf(bodies.request)),
  responseHash: bodies.response_hash ?? (bodies.response === null ? null : hashOf(bodies.response)),
});
