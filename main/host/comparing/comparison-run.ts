import { Way, type CompareMessage, type CompareRequest, type WayResult } from '../../../shared/compare.ts';
import { CallError } from '../calls/index.ts';
import { deadline } from '../deadline.ts';
import { NetworkError, RemoteRefusal, type OpenWay } from '../network/index.ts';
import { LineCaller, ToolCaller, type WayCaller } from './callers.ts';
import type { ComparingModules } from './index.ts';
import { resultsOf, WayTally } from './way-tally.ts';

/** Making a link, and a channel on it; punching takes longest. */
const OPEN_TIMEOUT_MS = 20_000;
/** In how many turns the calls of a way are made, so that what disturbs the machine disturbs all ways. */
const TURNS = 20;
/** Before anything is counted: the first calls of a program are slow, whatever they run over. */
const WARM_UP_CALLS = 20;
/** A way on which so many calls in a row failed is given up, and the other person is not asked a hundred times. */
const MAX_FAILURES_IN_A_ROW = 5;

/** Summing up more answers than that takes milliseconds, which calls under way would wait for: it is left to the pauses. */
const CHEAP_ANSWERS = 2000;
const SUM_UP_EVERY_MS = 200;

/** A Dawn node answers one at a time, and no more than that may wait for it. */
const MAX_LEGACY_CALLS = 32;

interface Runner {
  readonly tally: WayTally;
  readonly link: OpenWay;
  readonly caller: WayCaller;
  left: number;
  failuresInARow: number;
}

/** One comparison: opens the ways, calls over them in turns, and closes them. */
export class ComparisonRun {
  readonly #modules: ComparingModules;
  readonly #request: CompareRequest;
  readonly #signal: AbortSignal;
  readonly #startedAt = Date.now();
  readonly #tallies: readonly WayTally[];
  readonly #runners: Runner[] = [];
  #allOpen = false;
  #summary: { readonly ways: WayResult[]; readonly at: number } | null = null;

  constructor(modules: ComparingModules, request: CompareRequest, signal: AbortSignal) {
    this.#modules = modules;
    this.#request = request;
    this.#signal = signal;
    const ways = Way.options.filter((way) => request.ways?.includes(way) ?? true);
    this.#tallies = ways.map((way) => new WayTally(way));
  }

  /** Resolves when all is measured, or the signal has ended it. */
  async run(): Promise<void> {
    const hurry = (): void => {
      for (const runner of this.#runners) void close(runner);
    };
    this.#signal.addEventListener('abort', hurry, { once: true });
    try {
      for (const tally of this.#tallies) await this.#open(tally);
      this.#allOpen = true;
      await this.#warmUp();
      await this.#measure();
    } finally {
      this.#signal.removeEventListener('abort', hurry);
      await Promise.all(this.#runners.map(close));
    }
  }

  progress(): CompareMessage {
    const ways = this.#allOpen ? this.#runners.length : this.#tallies.length;
    // One that was given up is done.
    const left = this.#runners.reduce((sum, runner) => sum + runner.left, 0);
    const total = ways * this.#request.calls;
    const waiting = (ways - this.#runners.length) * this.#request.calls;
    const answers = this.#tallies.reduce((sum, { calls }) => sum + calls, 0);
    if (this.#summary === null || answers <= CHEAP_ANSWERS) this.#sumUp();
    return {
      type: 'progress',
      done: total - waiting - left,
      total,
      ways: this.#summary?.ways ?? [],
    };
  }

  done(): CompareMessage {
    return {
      type: 'done',
      comparison: {
        peerId: this.#request.peerId,
        startedAt: this.#startedAt,
        endedAt: Date.now(),
        request: this.#request,
        ways: resultsOf(this.#tallies),
      },
    };
  }

  #sumUp(): void {
    this.#summary = { ways: resultsOf(this.#tallies), at: performance.now() };
  }

  async #open(tally: WayTally): Promise<void> {
    if (this.#signal.aborted) return;
    const { peerId, calls } = this.#request;
    const limit = deadline(OPEN_TIMEOUT_MS, this.#signal);
    let link: OpenWay | null = null;
    try {
      link = await this.#modules.network.openWay(peerId, tally.way, { signal: limit.signal });
      const caller = await this.#callerOver(link, limit.signal);
      tally.address = link.address;
      tally.activeMs = 0;
      tally.cpuSeconds = 0;
      this.#runners.push({ tally, link, caller, left: calls, failuresInARow: 0 });
    } catch (error) {
      tally.unavailable = sentenceOf(error);
      await link?.close();
    } finally {
      limit.release();
    }
  }

  async #callerOver(link: OpenWay, signal: AbortSignal): Promise<WayCaller> {
    const { target, bytes } = this.#request;
    if (target === null) {
      const channel = await link.openEcho({ signal });
      return new LineCaller({ channel, bytes, echoes: link.way !== 'legacy' });
    }
    const channel = await link.openMcp(target.agent, { signal });
    const calls = await this.#modules.outgoing.over(channel, target.agent, signal);
    return new ToolCaller(calls, target, this.#signal);
  }

  /** Tools are not warmed up: each call of them may do something. */
  async #warmUp(): Promise<void> {
    if (this.#request.target !== null) return;
    const calls = Math.min(WARM_UP_CALLS, Math.ceil(this.#request.calls / 4));
    for (const { caller } of this.#runners) {
      for (let call = 0; call < calls && !this.#signal.aborted; call += 1) {
        // What does not work is found out when it counts.
        if ((await caller.call().catch(() => null)) === null) break;
      }
    }
  }

  async #measure(): Promise<void> {
    const { calls, concurrency } = this.#request;
    const size = Math.max(concurrency, Math.ceil(calls / TURNS));
    for (let turn = 0; this.#runners.some(({ left }) => left > 0); turn += 1) {
      // Each turn begins with another way, so that none always comes after the same one.
      const from = turn % this.#runners.length;
      for (const runner of [...this.#runners.slice(from), ...this.#runners.slice(0, from)]) {
        if (this.#signal.aborted) return;
        await this.#turn(runner, Math.min(size, runner.left));
        if (performance.now() - (this.#summary?.at ?? 0) > SUM_UP_EVERY_MS) this.#sumUp();
      }
    }
  }

  async #turn(runner: Runner, calls: number): Promise<void> {
    if (calls === 0) return;
    const { tally } = runner;
    let waiting = calls;
    const lane = async (): Promise<void> => {
      while (waiting > 0 && runner.left > 0 && !this.#signal.aborted) {
        waiting -= 1;
        runner.left -= 1;
        await this.#call(runner);
      }
    };
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const most = tally.way === 'legacy' ? MAX_LEGACY_CALLS : this.#request.concurrency;
    const lanes = Math.min(this.#request.concurrency, calls, most);
    tally.concurrency = Math.max(tally.concurrency ?? 0, lanes);
    await Promise.all(Array.from({ length: lanes }, lane));
    const { user, system } = process.cpuUsage(cpu);
    tally.activeMs = (tally.activeMs ?? 0) + performance.now() - startedAt;
    tally.cpuSeconds = (tally.cpuSeconds ?? 0) + (user + system) / 1e6;
  }

  async #call(runner: Runner): Promise<void> {
    try {
      const { ms, bytes } = await runner.caller.call();
      runner.tally.answered(Date.now(), ms, bytes);
      runner.failuresInARow = 0;
    } catch (error) {
      if (this.#signal.aborted) return;
      runner.tally.failed(sentenceOf(error));
      runner.failuresInARow += 1;
      if (runner.failuresInARow >= MAX_FAILURES_IN_A_ROW) runner.left = 0;
    }
  }
}

async function close({ caller, link }: Runner): Promise<void> {
  // Closing the link ends whatever the channel has left to say.
  await caller.close().catch(() => undefined);
  await link.close().catch(() => undefined);
}

/** What an error says to a person; others are ours, and not for them. */
function sentenceOf(error: unknown): string {
  if (error instanceof RemoteRefusal) return error.rpc.message;
  if (error instanceof NetworkError || error instanceof CallError) return error.message;
  return error instanceof Error && /^[A-Z].*\.$/.test(error.message) ? error.message : 'The call failed.';
}
