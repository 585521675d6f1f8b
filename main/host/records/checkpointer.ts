import { statSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { startCheckpointThread } from './checkpoint-thread.ts';

interface CheckpointerOptions {
  readonly file: string;
  /** The log is moved into the database when it has grown past this many bytes. */
  readonly limitBytes: number;
  /** Writing rests between the two, for the moment in which the log is emptied. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** How often the size of the log is looked at, in milliseconds. */
const LOOK_MS = 100;
/** After a failure, such as on a full disk. */
const AGAIN_MS = 2000;
/** How long after a rare write, such as a rule, the log is synced to the disk. */
const SOON_MS = 1000;
const THREAD_TIMEOUT_MS = 30_000;

/**
 * Moves the write-ahead log into the database file from a thread of its own, so that the main thread never waits
 * for the disk (https://sqlite.org/wal.html#ckpt). The thread first moves all it can beside the running writers;
 * then writing rests while the small remainder is moved and the log is emptied.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #running: Promise<void> | null = null;
  #notBefore = 0;
  #closed = false;
  #soon: NodeJS.Timeout | null = null;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  /** To be called after each commit; nearly free. */
  afterCommit(): void {
    const now = performance.now();
    if (this.#closed || now < this.#notBefore || this.#running !== null) return;
    this.#notBefore = now + LOOK_MS;
    if (this.#logBytes() > this.#options.limitBytes) void this.run();
  }

  /** After a rare write that should also survive a power cut. */
  soon(): void {
    if (this.#closed) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      void this.run();
    }, SOON_MS).unref();
  }

  /** Empties the log. Never rejects: what could not be moved stays safe in the log and is tried again. */
  run(): Promise<void> {
    this.#running ??= this.#inThread().then(
      () => {
        this.#running = null;
      },
      () => {
        this.#running = null;
        this.#notBefore = performance.now() + AGAIN_MS;
      },
    );
    return this.#running;
  }

  /** Waits for a checkpoint under way, then does a last one. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#soon !== null) clearTimeout(this.#soon);
    await this.#running;
    if (this.#logBytes() > 0) await this.run();
  }

  async #inThread(): Promise<void> {
    const thread: Worker = startCheckpointThread(this.#options.file);
    const ended = Promise.withResolvers<void>();
    const timeout = setTimeout(() => {
      ended.reject(new Error('The checkpoint took too long.'));
    }, THREAD_TIMEOUT_MS);
    thread.on('message', (step: unknown) => {
      if (step === 'nearly') {
        this.#options.pause();
        thread.postMessage('finish');
      } else if (step === 'done') {
        this.#options.resume();
      }
    });
    thread.on('error', ended.reject);
    thread.on('exit', (code) => {
      if (code === 0) ended.resolve();
      else ended.reject(new Error(`The checkpoint ended with code ${code}.`));
    });
    try {
      await ended.promise;
    } finally {
      clearTimeout(timeout);
      this.#options.resume();
      await thread.terminate();
    }
  }

  #logBytes(): number {
    return statSync(`${this.#options.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}
