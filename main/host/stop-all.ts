import { setTimeout as sleep } from 'node:timers/promises';
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
    const report = this.#kept();
    await this.#engage(Number(at), true);
    // What was stopped then says more than that nothing ran at this start.
    if (report !== null) this.#modules.live.updateHost({ panic: report });
  }

  /**
   * Resolves when no agent runs and no link is left, with what was found when that was looked at; also for whoever asks
   * a second time.
   * @throws {RecordsError} when it could not be written down: everything is stopped all the same, until the host
   * is started again
   */
  async engage(): Promise<PanicReport> {
    if (this.#engaging !== null) return await this.#engaging;
    const at = Date.now();
    let unwritten: unknown = null;
    try {
      this.#modules.facts.set('stoppedAt', String(at));
    } catch (error) {
      unwritten = error;
    }
    const report = await this.#engage(at, unwritten === null);
    if (unwritten instanceof Error) throw unwritten;
    return report;
  }

  async lift(): Promise<void> {
    if (!this.#stopped) return;
    await this.#engaging;
    const { facts, gate, network, outgoing, live, agents } = this.#modules;
    facts.set('stoppedAt', null);
    facts.set('panic', null);
    this.#stopped = false;
    this.#engaging = null;
    agents.setStopped(false);
    gate.setStopped(false);
    outgoing.setStopped(false);
    network.unfreeze();
    live.updateHost({ stoppedAt: null, panic: null });
    await agents.start();
  }

  #engage(at: number, written: boolean): Promise<PanicReport> {
    this.#engaging = this.#stop(at, written);
    return this.#engaging;
  }

  /** All that can be refused is refused in this turn of the event loop; what must be waited for comes after it. */
  async #stop(at: number, written: boolean): Promise<PanicReport> {
    const { gate, network, incoming, outgoing, live, agents } = this.#modules;
    const refused = gate.waiting();
    const underWay = live.callsUnderWay();
    const linked = network.peers().filter(({ links }) => links.length > 0).length;
    this.#stopped = true;
    gate.setStopped(true);
    agents.setStopped(true);
    incoming.stopAll();
    outgoing.setStopped(true);
    const begun: PanicReport = {
      at,
      doneAt: null,
      refused,
      ended: Math.max(0, underWay - refused),
      running: 0,
      agents: [],
      links: { cut: linked, left: [] },
      written,
    };
    live.updateHost({ stoppedAt: at, panic: begun });
    // One that cannot be stopped must not keep the others from it, nor the switch from being lifted.
    const [, ...reports] = await Promise.all([
      network.freeze().catch(() => undefined),
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
      await agents.stopAgent(name);
      if (state === 'unconfirmed') return { name, outcome: 'stopped', checked: 'It was not running.' };
      return { name, ...(await agents.left(name)) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { name, outcome: 'still-running', checked: `It could not be stopped: ${why}` };
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
