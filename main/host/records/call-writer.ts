import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CallStatus, CallView } from '../../../shared/calls.ts';
import type { CallId } from '../../../shared/ids.ts';
import { keepBody, type KeptBody } from './bodies.ts';
import { INSERT_CALL, UPDATE_CALL, valuesOf } from './call-rows.ts';
import { concernsTheFile, RecordsError, recordsErrorFrom } from './records-error.ts';
import type { Tallies } from './tallies.ts';

type Done = (error: RecordsError | null) => void;

interface Entry {
  call: CallView;
  request: KeptBody | null;
  response: KeptBody | null;
  bytes: number;
  /** Oldest first. `since` is monotonic, in milliseconds. */
  waiting: { readonly since: number; readonly done: Done }[];
}

export interface CallWriterOptions {
  readonly file: string;
  readonly bodies: () => 'whole' | 'hash';
  readonly onHealth: (problem: string | null) => void;
  readonly onCommit: () => void;
}

/** Calls written in one transaction at most, so that none takes long. */
const BATCH = 2000;
/** While the disk is full: at most this many calls wait in memory; later ones are refused. */
const MAX_WAITING = 10_000;
/** While the disk is full: beyond this many bytes only the hashes of bodies are kept. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const RETRY_MS = 250;
/** How long a `done` waits before it is told that the call could not be written. */
const DONE_TIMEOUT_MS = 5000;

const OPEN: ReadonlySet<CallStatus> = new Set<CallStatus>(['received', 'waiting', 'running']);

/**
 * Writes calls in batches: what is put in one turn of the event loop becomes one transaction at its end, and a call
 * put several times becomes one write. While the disk refuses, calls wait here, bounded, and are tried again.
 */
export class CallWriter {
  readonly #database: DatabaseSync;
  readonly #tallies: Tallies;
  readonly #options: CallWriterOptions;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #putBodies: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #queue = new Map<CallId, Entry>();
  /** Calls in the database that are not over, and whether their decision has been counted. */
  readonly #open = new Map<CallId, boolean>();
  #queuedBytes = 0;
  #scheduled = false;
  #resting = false;
  #closed = false;
  #problem: RecordsError | null = null;
  #retry: NodeJS.Timeout | null = null;
  #total: number;

  constructor(database: DatabaseSync, tallies: Tallies, total: number, options: CallWriterOptions) {
    this.#database = database;
    this.#tallies = tallies;
    this.#total = total;
    this.#options = options;
    this.#insert = database.prepare(INSERT_CALL);
    this.#update = database.prepare(UPDATE_CALL);
    this.#putBodies = database.prepare(`
      INSERT INTO bodies (call_id, request, request_hash, response, response_hash) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET request = coalesce(excluded.request, request),
        request_hash = coalesce(excluded.request_hash, request_hash),
        response = coalesce(excluded.response, response),
        response_hash = coalesce(excluded.response_hash, response_hash)`);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  get total(): number {
    return this.#total;
  }

  get healthy(): boolean {
    return this.#problem === null && !this.#closed;
  }

  put(call: CallView, bodies: { request?: string; response?: string } | undefined, done?: Done): void {
    if (this.#closed) {
      done?.(new RecordsError('CLOSED', 'The records are closed: the host is stopping.'));
      return;
    }
    let entry = this.#queue.get(call.id);
    if (entry === undefined) {
      if (this.#queue.size >= MAX_WAITING) {
        done?.(
          this.#problem ?? new RecordsError('DISK', 'The records cannot be written fast enough. Try again.'),
        );
        return;
      }
      entry = { call, request: null, response: null, bytes: 0, waiting: [] };
      this.#queue.set(call.id, entry);
    }
    entry.call = call;
    if (bodies?.request !== undefined) entry.request = this.#keep(entry, bodies.request);
    if (bodies?.response !== undefined) entry.response = this.#keep(entry, bodies.response);
    if (done !== undefined) entry.waiting.push({ since: performance.now(), done });
    if (this.#scheduled) return;
    if (this.#resting || this.#problem !== null) {
      this.#retrySoon();
      return;
    }
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Writes what waits, as far as the disk lets it. */
  flush(): void {
    while (this.#queue.size > 0 && !this.#resting && !this.#closed) {
      const batch = [...this.#queue.values().take(BATCH)];
      if (!this.#write(batch)) return;
    }
  }

  /** No writing until {@link goOn}, while the log is emptied. */
  rest(): void {
    this.#resting = true;
  }

  goOn(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.flush();
  }

  deleted(count: number): void {
    this.#total -= count;
  }

  /** Writes what is left. What cannot be written is told so. */
  close(): void {
    this.#resting = false;
    this.flush();
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    const error =
      this.#problem ?? new RecordsError('CLOSED', 'The records were closed before this was written.');
    for (const entry of this.#queue.values()) tell(entry, error);
    this.#queue.clear();
  }

  /** One transaction. False: the disk refused, and trying again later has been arranged. */
  #write(batch: readonly Entry[]): boolean {
    const isNew: CallId[] = [];
    let current: Entry | null = null;
    try {
      this.#begin.run();
      for (const entry of batch) {
        current = entry;
        if (this.#writeOne(entry)) isNew.push(entry.call.id);
      }
      current = null;
      this.#tallies.write();
      this.#commit.run();
    } catch (error) {
      this.#tallies.rolledBack();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      const problem = recordsErrorFrom(error, this.#options.file);
      if (current !== null && !concernsTheFile(error)) {
        // One call that the database will never take must not hold up the others.
        this.#forget(current);
        tell(current, problem);
        return true;
      }
      this.#failed(problem);
      return false;
    }
    this.#total += isNew.length;
    for (const entry of batch) {
      const { id, status, decision } = entry.call;
      if (OPEN.has(status)) this.#open.set(id, decision !== null);
      else this.#open.delete(id);
      this.#forget(entry);
    }
    this.#tallies.committed();
    this.#worked();
    this.#options.onCommit();
    for (const entry of batch) tell(entry, null);
    return true;
  }

  /** Returns whether the call is new to the database. */
  #writeOne(entry: Entry): boolean {
    const { call, request, response } = entry;
    const values = valuesOf(call);
    const counted = this.#open.get(call.id);
    let isNew = false;
    if (counted === undefined) {
      isNew = Number(this.#insert.run(...values).changes) === 1;
      if (!isNew) this.#update.run(...values);
    } else {
      this.#update.run(...values);
    }
    if (isNew || counted === false) this.#tallies.note(call);
    if (request !== null || response !== null) {
      this.#putBodies.run(
        call.id,
        request?.text ?? null,
        request?.hash ?? null,
        response?.text ?? null,
        response?.hash ?? null,
      );
    }
    return isNew;
  }

  #keep(entry: Entry, text: string): KeptBody {
    const room = this.#queuedBytes + text.length <= MAX_WAITING_BYTES;
    const kept = keepBody(text, room ? this.#options.bodies() : 'hash');
    const bytes = kept.text?.length ?? 0;
    entry.bytes += bytes;
    this.#queuedBytes += bytes;
    return kept;
  }

  #forget(entry: Entry): void {
    this.#queue.delete(entry.call.id);
    this.#queuedBytes -= entry.bytes;
  }

  #worked(): void {
    if (this.#problem === null) return;
    this.#problem = null;
    this.#options.onHealth(null);
  }

  #failed(problem: RecordsError): void {
    const isNews = this.#problem?.message !== problem.message;
    this.#problem = problem;
    this.#retrySoon();
    if (isNews) this.#options.onHealth(problem.message);
  }

  #retrySoon(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.flush();
      this.#tellTheLate();
      if (this.#queue.size > 0) this.#retrySoon();
    }, RETRY_MS);
  }

  #tellTheLate(): void {
    const before = performance.now() - DONE_TIMEOUT_MS;
    for (const entry of this.#queue.values()) {
      while (entry.waiting[0] !== undefined && entry.waiting[0].since <= before) {
        const late = entry.waiting.shift();
        late?.done(this.#problem ?? new RecordsError('DISK', 'The records could not be written in time.'));
      }
    }
  }
}

function tell(entry: Entry, error: RecordsError | null): void {
  for (const { done } of entry.waiting) done(error);
  entry.waiting = [];
}
