import type { Agents } from './agents/index.ts';
import type { Outgoing } from './calls/index.ts';
import type { Gate } from './gate/index.ts';
import type { LiveStore } from './live/index.ts';
import type { Network } from './network/index.ts';
import type { FactStore } from './records/index.ts';

export interface StopAllModules {
  readonly agents: Agents;
  readonly gate: Gate;
  readonly network: Network;
  readonly outgoing: Outgoing;
  readonly live: LiveStore;
  readonly facts: FactStore;
}

/** The panic switch. It is written down first, so that it holds whatever happens next. */
export class StopAll {
  readonly #modules: StopAllModules;
  #stopped = false;
  #engaging: Promise<void> = Promise.resolve();

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
    if (at !== null) await this.#engage(Number(at));
  }

  /**
   * Resolves when no agent runs and no link is left, also for whoever asks a second time.
   * @throws {RecordsError} when it could not be written down: everything is stopped all the same, until the host
   * is started again
   */
  async engage(): Promise<void> {
    if (this.#stopped) return await this.#engaging;
    const at = Date.now();
    let unwritten: unknown = null;
    try {
      this.#modules.facts.set('stoppedAt', String(at));
    } catch (error) {
      unwritten = error;
    }
    this.#engaging = this.#engage(at);
    await this.#engaging;
    if (unwritten instanceof Error) throw unwritten;
  }

  async lift(): Promise<void> {
    if (!this.#stopped) return;
    await this.#engaging;
    const { facts, gate, network, outgoing, live, agents } = this.#modules;
    facts.set('stoppedAt', null);
    this.#stopped = false;
    agents.setStopped(false);
    gate.setStopped(false);
    outgoing.setStopped(false);
    network.unfreeze();
    live.updateHost({ stoppedAt: null });
    await agents.start();
  }

  async #engage(at: number): Promise<void> {
    const { gate, network, outgoing, live, agents } = this.#modules;
    this.#stopped = true;
    gate.setStopped(true);
    agents.setStopped(true);
    outgoing.setStopped(true);
    live.updateHost({ stoppedAt: at });
    const stopping = agents.list().map(({ name }) => agents.stopAgent(name));
    // One that cannot be stopped must not keep the others from it, nor the switch from being lifted.
    await Promise.allSettled([network.freeze(), ...stopping]);
  }
}
