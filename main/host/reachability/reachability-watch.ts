import { EventEmitter } from 'node:events';
import type { PeerId } from '../../../shared/ids.ts';
import { unknownReachability } from '../../../shared/reachability.ts';
import type {
  AddressEvidence,
  Reachability,
  ReachEvidence,
  Verdict,
  VerdictChange,
} from '../../../shared/reachability.ts';
import { deadline } from '../deadline.ts';
import type { NetworkPeer } from '../network/index.ts';
import type { ReachabilityEvents, ReachabilityModules, ReachabilityRoom } from './index.ts';
import { isBetter, judge, works } from './verdict.ts';
import { wordsFor, wordsWhenStopped } from './words.ts';

export interface WatchTimes {
  /** From the start, or from what gave reason to test, to the test. */
  readonly soonMs: number;
  /** Between two tests that nobody asked for. */
  readonly gapMs: number;
  /** Between tests while nothing changes. */
  readonly againMs: number;
  /** How long a test may take. */
  readonly testMs: number;
  /** How long the evidence must speak for a worse verdict before it is given. */
  readonly holdMs: number;
  /** How long a relay that is being asked is waited for, before it is said that there is none. */
  readonly patienceMs: number;
}

const TIMES: WatchTimes = {
  soonMs: 2000,
  gapMs: 5000,
  againMs: 60 * 60 * 1000,
  testMs: 30_000,
  holdMs: 5000,
  patienceMs: 15_000,
};

/** A test asks no more of them, so that another one makes no difference. */
const MAX_JUDGES = 3;

/** Follows the evidence, has it tested, and says what it means; a verdict does not flap with the evidence. */
export class ReachabilityWatch extends EventEmitter<ReachabilityEvents> implements ReachabilityRoom {
  readonly #modules: ReachabilityModules;
  readonly #times: WatchTimes;
  #state = unknownReachability(Date.now());
  /** The state that was last told, as JSON. */
  #told = '';
  /** Shared by all who ask while it runs. */
  #test: Promise<Reachability> | null = null;
  readonly #ending = new AbortController();
  #running = false;
  #planned: NodeJS.Timeout | null = null;
  #plannedAt = 0;
  #holding: NodeJS.Timeout | null = null;
  #tryingSince: number | null = null;
  #lastTestBegan = 0;
  /** What the last test was about, and what it was asked for meanwhile. */
  #testedKey = '';
  #stopped = false;
  /** Peers elsewhere that may have been asked already. */
  readonly #judges = new Set<PeerId>();
  readonly #onEvidence = (): void => this.#look();
  readonly #onPeer = (peer: NetworkPeer): void => this.#meet(peer);

  constructor(modules: ReachabilityModules, times: Partial<WatchTimes> = {}) {
    super();
    this.#modules = modules;
    this.#times = { ...TIMES, ...times };
  }

  start(): void {
    this.#running = true;
    this.#modules.network.on('evidence', this.#onEvidence);
    this.#modules.network.on('peer', this.#onPeer);
    this.#look();
    this.#plan(this.#times.soonMs);
  }

  stop(): void {
    this.#running = false;
    this.#ending.abort(new Error('The host stops.'));
    this.#modules.network.off('evidence', this.#onEvidence);
    this.#modules.network.off('peer', this.#onPeer);
    for (const timer of [this.#planned, this.#holding]) if (timer !== null) clearTimeout(timer);
    this.#planned = this.#holding = null;
  }

  current(): Reachability {
    return this.#state;
  }

  history(limit: number): VerdictChange[] {
    return this.#modules.verdicts.list(limit);
  }

  test(): Promise<Reachability> {
    this.#test ??= this.#testOnce().finally(() => {
      this.#test = null;
    });
    return this.#test;
  }

  async #testOnce(): Promise<Reachability> {
    if (this.#modules.stopped() || !this.#running) {
      this.#look();
      return this.#state;
    }
    if (this.#planned !== null) clearTimeout(this.#planned);
    this.#planned = null;
    this.#lastTestBegan = Date.now();
    this.#set({ ...this.#state, testing: true });
    const limit = deadline(this.#times.testMs, this.#ending.signal);
    let testResult: string;
    try {
      testResult = await this.#modules.network.testReach({ signal: limit.signal });
    } catch {
      testResult = 'The test could not be finished in time.';
    } finally {
      limit.release();
    }
    if (!this.#running) return this.#state;
    this.#testedKey = keyOf(this.#modules.network.reachEvidence());
    this.#state = { ...this.#state, testing: false, testedAt: Date.now(), testResult };
    this.#look(true);
    this.#plan(this.#times.againMs);
    return this.#state;
  }

  /** Takes in the evidence as it is now. `settled`: it is as good as it gets, so that a worse verdict is given too. */
  #look(settled = false): void {
    if (!this.#running) return;
    const evidence = this.#modules.network.reachEvidence();
    const wasStopped = this.#stopped;
    this.#stopped = this.#modules.stopped();
    if (this.#stopped) {
      this.#hold(false);
      this.#set({ ...this.#state, ...wordsWhenStopped, evidence });
      return;
    }
    const { verdict, why } = judge(evidence);
    const now = this.#state.verdict;
    const given =
      now === 'unknown'
        ? this.#mayBeFirst(verdict, evidence)
        : isBetter(verdict, now) || (settled && !this.#mayRecover(verdict, evidence));
    this.#hold(verdict !== now && !given);
    if (verdict !== now && given) this.#give(verdict, why, evidence);
    else this.#set({ ...this.#state, ...wordsFor(now, evidence), evidence });
    if (wasStopped || keyOf(evidence) !== this.#testedKey) this.#plan(this.#times.soonMs);
  }

  /** What needs no test is said at once; the rest once a test has ended and no relay is being asked any more. */
  #mayBeFirst(verdict: Verdict, evidence: ReachEvidence): boolean {
    if (verdict === 'open' || verdict === 'mapped' || verdict === 'offline') return true;
    return this.#state.testedAt !== null && !this.#mayRecover(verdict, evidence);
  }

  /** A relay that is being asked may make it better at any moment; that is waited for, but not for ever. */
  #mayRecover(verdict: Verdict, { relays }: ReachEvidence): boolean {
    const isTrying = verdict === 'lan-only' && relays.some(({ state }) => state === 'trying');
    if (!isTrying) this.#tryingSince = null;
    else this.#tryingSince ??= Date.now();
    return this.#tryingSince !== null && Date.now() - this.#tryingSince < this.#times.patienceMs;
  }

  /** Whether the evidence speaks for another verdict than the one that holds; if it still does later, that is given. */
  #hold(differs: boolean): void {
    if (differs && this.#holding !== null) return;
    if (this.#holding !== null) clearTimeout(this.#holding);
    this.#holding = null;
    if (!differs) return;
    this.#holding = setTimeout(() => {
      this.#holding = null;
      // A test that runs, or is about to, may yet find the better verdict right; its end decides.
      const isSoonTested = this.#planned !== null && this.#plannedAt - Date.now() <= this.#times.gapMs;
      this.#look(this.#test === null && !isSoonTested);
    }, this.#times.holdMs);
    this.#holding.unref();
  }

  #give(verdict: Verdict, why: string, evidence: ReachEvidence): void {
    const { verdicts } = this.#modules;
    const at = Date.now();
    this.#set({ ...this.#state, verdict, since: at, ...wordsFor(verdict, evidence), evidence });
    try {
      if (verdicts.list(1)[0]?.verdict !== verdict) verdicts.add({ at, verdict, why });
    } catch {
      // The records are closing, or the disk refuses, which they say themselves; the history lacks one line.
    }
  }

  /** A peer elsewhere that was not there at the last test may tell what nobody could tell before. */
  #meet({ peerId, links, speaksGatehouse }: NetworkPeer): void {
    const elsewhere = speaksGatehouse === true && links.some(({ path }) => path !== 'lan');
    if (!elsewhere || this.#judges.has(peerId)) {
      if (links.length === 0) this.#judges.delete(peerId);
      return;
    }
    if (this.#judges.size >= MAX_JUDGES) return;
    this.#judges.add(peerId);
    if (this.#modules.network.reachEvidence().addresses.some(isOpenQuestion)) this.#plan(this.#times.soonMs);
  }

  /** Tests after a while, unless that is planned sooner; never more often than every `gapMs`. */
  #plan(delayMs: number): void {
    if (!this.#running || this.#modules.stopped()) return;
    const at = Math.max(
      Date.now() + delayMs,
      this.#lastTestBegan === 0 ? 0 : this.#lastTestBegan + this.#times.gapMs,
    );
    if (this.#planned !== null) {
      if (this.#plannedAt <= at) return;
      clearTimeout(this.#planned);
    }
    this.#plannedAt = at;
    this.#planned = setTimeout(() => {
      this.#planned = null;
      // It cannot fail: what went wrong is in its result.
      void this.test();
    }, at - Date.now());
    this.#planned.unref();
  }

  #set(state: Reachability): void {
    this.#state = state;
    const text = JSON.stringify(state);
    if (text === this.#told) return;
    this.#told = text;
    this.emit('change', state);
  }
}

const isOpenQuestion = (address: AddressEvidence): boolean =>
  address.scope === 'public' && address.source !== 'relay' && !works(address);

/** What, when it changes, is worth a new test: where we may be reached, and with whose help. */
function keyOf({ online, addresses, externalIps, relays }: ReachEvidence): string {
  return JSON.stringify([
    online,
    addresses
      .filter(({ scope, source }) => scope === 'public' && source !== 'relay')
      .map(({ address }) => address)
      .toSorted(),
    externalIps.toSorted(),
    relays
      .filter(({ state }) => state === 'reserved')
      .map(({ peerId }) => peerId)
      .toSorted(),
  ]);
}
