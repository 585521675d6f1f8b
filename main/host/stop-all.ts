import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { PanicReport } from '../../shared/panic.ts';
import type { Agents } from './agents/index.ts';
import type { Incoming, Outgoing } from './calls/index.ts';
import type { Gate } from './gate/index.ts';
import type { LiveStore } from './live/index.ts';
import type { Network } from './network/index.ts';
import type { FactStore } from './records/index.ts';

export interface StopAllModules {
  readonly agents: Agents;
  readonly gate: Gate;
  readonly network: Network;
  readonly incoming: Pick<Incoming, 'stopAll'>;
  readonly outgoing: Outgoing;
  readonly live: LiveStore;
  readonly facts: FactStore;
}

const CALLS_END_MS = 2000;
const LOOK_AGAIN_MS = 20;

/** Whatever hangs is reported as such after this. */
const STOP_MS = 30_000;

type AgentReport = PanicReport['agents'][number];

/** The panic switch. It is written down first, so that it holds whatever happens next. */
export class StopAll {
  readonly #modules: StopAllModules;
  #stopped = false;
  #engaging: Promise<PanicReport> | null = null;

  constructor(modules: StopAllModules) {
    this.#modules = modules;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Takes up the switch as it was left when the host last ran. Called before the network listens and any agent
   * starts, so there is nothing to wait for.
   */
  async restore(): Promise<void> {
    const at = this.#modules.facts.get('stoppedAt');
    if (at === null) return;
    // What was stopped then says more than that nothing ran at this start.
    await this.#engage(Number(at), { written: true, kept: this.#kept() });
  }

  /**
   * Resolves when all was stopped that could be, with what was found when that was looked at; also for whoever asks a
   * second time. Where not all of it was well the first time, it is tried once more.
   * @throws {RecordsError} when it could not be written down: everything is stopped all the same, until the host
   * is started again
   */
  async engage(): Promise<PanicReport> {
    const before = await this.#engaging;
    if (before !== null && isSound(before)) return before;
    const at = before?.at ?? Date.now();
    let unwritten: unknown = null;
    try {
      this.#modules.facts.set('stoppedAt', String(at));
    } catch (error) {
      unwritten = error;
    }
    const report = await this.#engage(at, { written: unwritten === null, kept: null });
    if (unwritten instanceof Error) throw unwritten;
    return report;
  }

  async lift(): Promise<void> {
    if (!this.#stopped) return;
    await this.#engaging;
    const { facts, gate, network, outgoing, live, agents } = this.#modules;
    // What says that it holds goes last: until then it does.
    facts.set('panic', null);
    facts.set('stoppedAt', null);
    this.#stopped = false;
    this.#engaging = null;
    agents.setStopped(false);
    gate.setStopped(false);
    outgoing.setStopped(false);
    network.unfreeze();
    live.updateHost({ stoppedAt: null, panic: null });
    await agents.start();
  }

  #engage(at: number, how: { written: boolean; kept: PanicReport | null }): Promise<PanicReport> {
    this.#engaging = this.#stop(at, how);
    return this.#engaging;
  }

  /**
   * All that can be refused is refused in this turn of the event loop; what must be waited for comes after it. Each step
   * is taken whatever became of the others. Never rejects.
   */
  async #stop(
    at: number,
    { written, kept }: { written: boolean; kept: PanicReport | null },
  ): Promise<PanicReport> {
    const { gate, network, incoming, outgoing, live, agents } = this.#modules;
    const problems: string[] = [];
    const attempt = (what: string, step: () => void): void => {
      try {
        step();
      } catch (error) {
        problems.push(`${what}: ${sentenceOf(error)}`);
      }
    };
    const refused = gate.waiting();
    const underWay = live.callsUnderWay();
    const linked = network.peers().filter(({ links }) => links.length > 0).length;
    this.#stopped = true;
    attempt('What waited could not all be refused', () => gate.setStopped(true));
    attempt('Agents could not be kept from starting', () => agents.setStopped(true));
    attempt('Not every call of a peer could be ended', () => incoming.stopAll());
    attempt('Not every call of ours could be ended', () => outgoing.setStopped(true));
    const begun: PanicReport = {
      at,
      doneAt: null,
      refused,
      ended: Math.max(0, underWay - refused),
      running: 0,
      agents: [],
      links: { cut: linked, left: [] },
      problems,
      written,
    };
    attempt('It could not be shown', () => live.updateHost({ stoppedAt: at, panic: kept ?? begun }));
    // One turn, so that callers are told before their links go.
    await nextTurn();
    const [, ...reports] = await Promise.all([
      within(STOP_MS, network.freeze()).catch((error: unknown) => {
        problems.push(`Not every link could be cut: ${sentenceOf(error)}`);
      }),
      ...agents.list().map(({ name, state }) => this.#stopAgent(name, state)),
    ]);
    const running = await this.#callsEnd();
    const left = network.peers().filter(({ links }) => links.length > 0);
    const report: PanicReport = {
      ...begun,
      doneAt: Date.now(),
      running,
      agents: reports,
      links: { cut: Math.max(0, linked - left.length), left: left.map(({ peerId }) => peerId) },
    };
    if (kept !== null && isSound(report)) return kept;
    live.updateHost({ panic: report });
    if (written) this.#keep(report);
    return report;
  }

  /** With no link and no agent left every call ends by itself; how many have not after a moment. */
  async #callsEnd(): Promise<number> {
    const { live } = this.#modules;
    const deadline = performance.now() + CALLS_END_MS;
    while (live.callsUnderWay() > 0 && performance.now() < deadline) await sleep(LOOK_AGAIN_MS);
    return live.callsUnderWay();
  }

  /** Stops it, and looks whether it did. */
  async #stopAgent(name: AgentReport['name'], state: string): Promise<AgentReport> {
    const { agents } = this.#modules;
    try {
      await within(STOP_MS, agents.stopAgent(name));
      if (state === 'unconfirmed') return { name, outcome: 'stopped', checked: 'It was not running.' };
      return { name, ...(await agents.left(name)) };
    } catch (error) {
      return { name, outcome: 'still-running', checked: `It could not be stopped: ${sentenceOf(error)}` };
    }
  }

  #keep(report: PanicReport): void {
    try {
      this.#modules.facts.set('panic', JSON.stringify(report));
    } catch {
      // The switch itself is written down; the report is in the window, and the records tell of their trouble.
    }
  }

  #kept(): PanicReport | null {
    const text = this.#modules.facts.get('panic');
    try {
      return text === null ? null : (PanicReport.safeParse(JSON.parse(text)).data ?? null);
    } catch {
      return null;
    }
  }
}

/** Nothing is left that a second try could stop. An agent that runs elsewhere cannot be looked at again either. */
const isSound = ({ agents, links, running, problems, written }: PanicReport): boolean =>
  running === 0 &&
  links.left.length === 0 &&
  problems.length === 0 &&
  written &&
  agents.every(({ outcome }) => outcome !== 'still-running');

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It took longer than ${ms / 1000} s.`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
