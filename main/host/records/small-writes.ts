import type { DatabaseSync } from 'node:sqlite';
import { concernsTheFile, RecordsError, recordsErrorFrom } from './records-error.ts';

/** Rare, small writes, each a transaction. */
export interface Save {
  /** @throws {RecordsError} where it cannot be written now */
  now(write: () => unknown): void;
  /**
   * For what was decided and holds already: written now or, while the disk refuses, as soon as it does not. The
   * latest write of a key wins.
   * @throws {RecordsError} CLOSED; or as `now`, where 1,000 others wait or the database will never take it
   */
  surely(key: string, write: () => unknown): void;
}

interface SmallWritesOptions {
  readonly file: string;
  readonly onProblem: (problem: string | null) => void;
  readonly onCommit: () => void;
  readonly onRollback: () => void;
}

const MAX_WAITING = 1000;
const RETRY_MS = 1000;

/** Writes everything but calls. What waits for the disk goes first, so that the order is kept. */
export class SmallWrites implements Save {
  readonly #database: DatabaseSync;
  readonly #options: SmallWritesOptions;
  readonly #waiting = new Map<string, () => unknown>();
  #retry: NodeJS.Timeout | null = null;
  #closed = false;
  #inOne = false;

  constructor(database: DatabaseSync, options: SmallWritesOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** What `work` writes is one transaction: all of it is kept, or nothing. @throws {RecordsError} */
  inOne(work: () => void): void {
    this.now(() => {
      this.#inOne = true;
      try {
        work();
      } finally {
        this.#inOne = false;
      }
    });
  }

  now(write: () => unknown): void {
    if (this.#closed) throw new RecordsError('CLOSED', 'The records are closed: the host is stopping.');
    if (this.#inOne) {
      write();
      return;
    }
    this.#drain();
    this.#transact(write);
  }

  surely(key: string, write: () => unknown): void {
    if (this.#inOne) {
      write();
      return;
    }
    const others = this.#waiting.size - (this.#waiting.delete(key) ? 1 : 0);
    try {
      // A locked database makes each try wait, so while it refuses only the timer tries.
      if (others === 0 || this.#closed || others >= MAX_WAITING) this.now(write);
      else this.#waiting.set(key, write);
    } catch (error) {
      if (!isWorthAnotherTry(error) || others >= MAX_WAITING) throw error;
      this.#waiting.set(key, write);
      this.#retrySoon();
      this.#options.onProblem(error.message);
    }
  }

  /** Tries once more to write what waits, and takes no more. */
  close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.settle();
    this.#closed = true;
  }

  /** Tries once more to write what waits. */
  settle(): void {
    try {
      this.#drain();
    } catch {
      // The person has been told that the disk refuses.
    }
  }

  /** Writes what waits. @throws {RecordsError} where the disk still refuses */
  #drain(): void {
    if (this.#waiting.size === 0) return;
    for (const [key, write] of this.#waiting) {
      try {
        this.#transact(write);
      } catch (error) {
        if (isWorthAnotherTry(error)) throw error;
      }
      this.#waiting.delete(key);
    }
    this.#options.onProblem(null);
  }

  #transact(write: () => unknown): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      write();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#options.onRollback();
      throw recordsErrorFrom(error, this.#options.file);
    }
    this.#options.onCommit();
  }

  #retrySoon(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      try {
        this.#drain();
      } catch {
        this.#retrySoon();
      }
    }, RETRY_MS).unref();
  }
}

export const isWorthAnotherTry = (error: unknown): error is RecordsError =>
  error instanceof RecordsError && concernsTheFile(error.cause);
