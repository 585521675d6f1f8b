import type { CompareMessage, CompareRequest, PastComparison } from '../../../shared/compare.ts';
import { CompareError } from './compare-error.ts';
import { ComparisonRun } from './comparison-run.ts';
import type { Comparing, ComparingModules } from './index.ts';
import { pastWays, type PastQuery } from './past-ways.ts';

/** At most four times a second. */
const PROGRESS_MS = 250;

/** Compares ways, one comparison at a time. */
export class WayComparing implements Comparing {
  readonly #modules: ComparingModules;
  #running: { readonly end: AbortController; readonly work: Promise<void> } | null = null;
  #stopped = false;

  constructor(modules: ComparingModules) {
    this.#modules = modules;
  }

  async *run(request: CompareRequest, signal: AbortSignal | undefined): AsyncGenerator<CompareMessage, void> {
    if (this.#stopped) throw new CompareError('STOPPED', 'The host is stopping.');
    if (this.#running !== null) {
      throw new CompareError('BUSY', 'Another comparison is under way. Wait for its end, or end it.');
    }
    const end = new AbortController();
    const abort = (): void => end.abort();
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const comparison = new ComparisonRun(this.#modules, request, end.signal);
    const work = comparison.run().finally(() => {
      signal?.removeEventListener('abort', abort);
      // Whoever asked may not look any more; others may begin all the same.
      this.#running = null;
    });
    // Nobody may be looking when it fails; who looks is told.
    work.catch(() => undefined);
    this.#running = { end, work };
    try {
      while (!(await isOver(work, PROGRESS_MS))) yield comparison.progress();
      if (end.signal.aborted)
        throw new CompareError('CANCELLED', 'The comparison was ended before its time.');
      yield comparison.done();
    } finally {
      end.abort();
      await work.catch(() => undefined);
    }
  }

  past(query: PastQuery): Promise<PastComparison> {
    return pastWays(this.#modules.calls, query);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#running?.end.abort();
    await this.#running?.work.catch(() => undefined);
  }
}

/** Waits for some work, and so many ms at most. @throws what the work throws */
async function isOver(work: Promise<void>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    clearTimeout(timer);
  }
}
