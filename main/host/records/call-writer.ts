import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CallStatus, CallView } from '../../../shared/calls.ts';
import type { CallId } from '../../../shared/ids.ts';
import type { Bodies } from '../../../shared/settings.ts';
import { keepBody, type KeptBody } from './bodies.ts';
import { CallTickets } from './call-tickets.ts';
import type { Chain } from './chain.ts';
import { bodyMark, rowDigest, type CallDigest, type CallsKind } from './chain-entry.ts';
import { Kinds } from './kinds.ts';
import type { CallBodies } from './index.ts';
import { marksOf, NO_MARKS, SELECT_BODIES, type Marks } from './stored-bodies.ts';
import { fitting, INSERT_CALL, UPDATE_CALL, valuesOf } from './call-rows.ts';
import { concernsTheFile, RecordsError, recordsErrorFrom } from './records-error.ts';
import type { Tallies } from './tallies.ts';

type Done = (error: RecordsError | null) => void;

interface Entry {
  call: CallView;
  request: KeptBody | null;
  response: KeptBody | null;
  edited: KeptBody | null;
  /** A start found it under way. */
  interrupted: boolean;
  bytes: number;
  /** Oldest first. `since` is monotonic, in milliseconds. */
  waiting: { readonly since: number; readonly done: Done }[];
}

export interface CallWriterOptions {
  readonly file: string;
  readonly bodies: () => Bodies;
  readonly chain: Chain;
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
/** A step that nobody waits for (a call begins to run) is written within this time, mostly together with its end. */
const STEP_MS = 10;
/** While many calls run, those that have ended wait this long at most for others to share a transaction with. */
const SHARE_MS = 1;
/** How long a `done` waits before it is told that the call could not be written. */
const DONE_TIMEOUT_MS = 5000;

/** Calls that are not over: the chain has them once they are. */
export const OPEN: ReadonlySet<string> = new Set<CallStatus>(['received', 'waiting', 'running', 'reviewing']);

interface OpenCall {
  /** Its decision has been counted. */
  readonly counted: boolean;
  readonly marks: Marks;
}

/** An agent works on it: its end is near, other than that of a call which waits for a person. */
const BUSY: ReadonlySet<CallStatus> = new Set<CallStatus>(['received', 'running']);

/**
 * Writes calls in batches, because a transaction costs far more than one more call in it; and a call put several
 * times in a short time becomes one write. What somebody waits for is written at the end of the turn of the event
 * loop, or up to 1 ms later while many other calls are about to end; other steps follow within 10 ms. While the disk
 * refuses, calls wait here, bounded, and are tried again.
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
  readonly tickets: CallTickets;
  readonly #kinds: Kinds;
  readonly #bodiesOf: StatementSync;
  /** Calls in the database that are not over. */
  readonly #open = new Map<CallId, OpenCall>();
  /** What becomes of `#open`, and of the chain, when the transaction under way is committed. */
  #openNext = new Map<CallId, OpenCall>();
  #final: { readonly kind: CallsKind; readonly call: CallDigest }[] = [];
  /** Calls of peers that an agent works on: whoever asked will wait for the writing of their end. */
  readonly #busy = new Set<CallId>();
  /** Entries of the queue that somebody waits for. */
  #due = 0;
  #queuedBytes = 0;
  #scheduled = false;
  #share: NodeJS.Timeout | null = null;
  #step: NodeJS.Timeout | null = null;
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
    this.#kinds = new Kinds(database);
    this.tickets = new CallTickets(database);
    this.#bodiesOf = database.prepare(SELECT_BODIES);
    // The text and the hash of a body go together.
    const replaced = ['request', 'response', 'edited'].flatMap((name) =>
      [name, `${name}_hash`].map(
        (column) =>
          `${column} = iif(coalesce(excluded.${name}, excluded.${name}_hash) IS NULL, ${column}, excluded.${column})`,
      ),
    );
    this.#putBodies = database.prepare(`
      INSERT INTO bodies (call_id, request, request_hash, response, response_hash, edited, edited_hash)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${replaced.join(', ')}`);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  get total(): number {
    return this.#total;
  }

  get healthy(): boolean {
    return this.#problem === null && !this.#closed;
  }

  put(given: CallView, bodies: CallBodies | undefined, done?: Done): void {
    const call = fitting(given);
    if (this.#closed) {
      done?.(new RecordsError('CLOSED', 'The records are closed: the host is stopping.'));
      return;
    }
    if (call.direction === 'in' && BUSY.has(call.status)) this.#busy.add(call.id);
    else this.#busy.delete(call.id);
    let entry = this.#queue.get(call.id);
    if (entry === undefined) {
      if (this.#queue.size >= MAX_WAITING) {
        done?.(
          this.#problem ?? new RecordsError('DISK', 'The records cannot be written fast enough. Try again.'),
        );
        return;
      }
      entry = {
        call,
        request: null,
        response: null,
        edited: null,
        interrupted: false,
        bytes: 0,
        waiting: [],
      };
      this.#queue.set(call.id, entry);
    }
    entry.call = call;
    if (bodies?.request !== undefined) entry.request = this.#keep(entry, bodies.request, bodies.keep);
    if (bodies?.response !== undefined) entry.response = this.#keep(entry, bodies.response, bodies.keep);
    if (bodies?.edited !== undefined) entry.edited = this.#keep(entry, bodies.edited, bodies.keep);
    if (done !== undefined) {
      if (entry.waiting.length === 0) this.#due += 1;
      entry.waiting.push({ since: performance.now(), done });
    }
    if (this.#resting || this.#problem !== null) this.#retrySoon();
    else if (done === undefined) this.#step ??= setTimeout(() => this.flush(), STEP_MS);
    else if (this.#due * 2 >= this.#busy.size) this.#flushOverSoon();
    else this.#share ??= setTimeout(() => this.#flushOver(), SHARE_MS);
  }

  /** Ends a call that a start found under way. */
  interrupt(call: CallView): void {
    this.put(call, undefined);
    const entry = this.#queue.get(call.id);
    if (entry !== undefined) entry.interrupted = true;
  }

  /** Whether more is to be written of it. */
  isWaiting(id: number): boolean {
    return this.#queue.has(id as CallId);
  }

  /** Writes what waits, as far as the disk lets it. */
  flush(): void {
    if (this.#step !== null) clearTimeout(this.#step);
    this.#step = null;
    while ((this.#queue.size > 0 || this.tickets.due) && !this.#resting && !this.#closed) {
      const batch = [...this.#queue.values().take(BATCH)];
      if (!this.#write(batch)) return;
    }
  }

  setTicket(id: CallId, ticket: { readonly ticket: string; readonly epoch: string } | null): void {
    this.tickets.set(id, ticket);
    this.#step ??= setTimeout(() => this.flush(), STEP_MS);
  }

  #flushOverSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flushOver();
    });
  }

  /** Writes the calls that are over, and leaves those under way for later. */
  #flushOver(): void {
    if (this.#share !== null) clearTimeout(this.#share);
    this.#share = null;
    while (this.#due > 0 && !this.#resting && !this.#closed) {
      const over = this.#queue
        .values()
        .filter(({ call, waiting }) => waiting.length > 0 || !OPEN.has(call.status));
      if (!this.#write([...over.take(BATCH)])) return;
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
    this.#kinds.forget();
  }

  /** Writes what is left. What cannot be written is told so. */
  close(): void {
    this.#resting = false;
    this.flush();
    this.#closed = true;
    for (const timer of [this.#retry, this.#share, this.#step]) if (timer !== null) clearTimeout(timer);
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
      this.tickets.write();
      for (const kind of ['interrupted', 'reopened', 'calls'] as const)
        this.#options.chain.noteCalls(
          kind,
          this.#final.filter((one) => one.kind === kind).map(({ call }) => call),
        );
      this.#commit.run();
    } catch (error) {
      this.#tallies.rolledBack();
      this.#kinds.forget();
      this.#options.chain.rolledBack();
      this.#final = [];
      this.#openNext.clear();
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
      const { id } = entry.call;
      const open = this.#openNext.get(id);
      if (open === undefined) this.#open.delete(id);
      else this.#open.set(id, open);
      this.#forget(entry);
    }
    this.#openNext.clear();
    this.#final = [];
    this.#options.chain.committed();
    this.tickets.committed();
    this.#tallies.committed();
    this.#worked();
    this.#options.onCommit();
    for (const entry of batch) tell(entry, null);
    return true;
  }

  /** Returns whether the call is new to the database. */
  #writeOne(entry: Entry): boolean {
    const { call, request, response, edited } = entry;
    const values = valuesOf(call);
    const kind = this.#kinds.idOf(call);
    const open = this.#open.get(call.id);
    let isNew = false;
    if (open === undefined) {
      isNew = Number(this.#insert.run(kind, ...values).changes) === 1;
      if (!isNew) this.#update.run(kind, ...values);
    } else if (Number(this.#update.run(kind, ...values).changes) === 0) {
      // Somebody else deleted it meanwhile: what the chain says is there must be there.
      isNew = Number(this.#insert.run(kind, ...values).changes) === 1;
    }
    if ((isNew && open === undefined) || open?.counted === false) this.#tallies.note(call);
    if (request !== null || response !== null || edited !== null) {
      this.#putBodies.run(
        call.id,
        request?.text ?? null,
        request?.hash ?? null,
        response?.text ?? null,
        response?.hash ?? null,
        edited?.text ?? null,
        edited?.hash ?? null,
      );
    }
    const before = isNew ? NO_MARKS : (open?.marks ?? marksOf(this.#bodiesOf.get(call.id)));
    const marks: Marks = [
      request === null ? before[0] : bodyMark(request.text, request.hash),
      response === null ? before[1] : bodyMark(response.text, response.hash),
      edited === null ? before[2] : bodyMark(edited.text, edited.hash),
    ];
    const isOpen = OPEN.has(call.status);
    if (isOpen) this.#openNext.set(call.id, { counted: call.decision !== null, marks });
    if (!isOpen || (open === undefined && !isNew)) {
      const kindOf = isOpen ? 'reopened' : entry.interrupted ? 'interrupted' : 'calls';
      const { id, redeemable } = call;
      this.#final.push({ kind: kindOf, call: { id, digest: rowDigest([...values, ...marks]), redeemable } });
    }
    return isNew;
  }

  #keep(entry: Entry, text: string, keep: Bodies | undefined): KeptBody {
    const room = this.#queuedBytes + text.length <= MAX_WAITING_BYTES;
    const kept = keepBody(text, room ? (keep ?? this.#options.bodies()) : 'hash');
    const bytes = kept.text?.length ?? 0;
    entry.bytes += bytes;
    this.#queuedBytes += bytes;
    return kept;
  }

  #forget(entry: Entry): void {
    this.#queue.delete(entry.call.id);
    this.#queuedBytes -= entry.bytes;
    if (entry.waiting.length > 0) this.#due -= 1;
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
        if (entry.waiting.length === 0) this.#due -= 1;
        late?.done(this.#problem ?? new RecordsError('DISK', 'The records could not be written in time.'));
      }
    }
  }
}

function tell(entry: Entry, error: RecordsError | null): void {
  for (const { done } of entry.waiting) done(error);
  entry.waiting = [];
}
