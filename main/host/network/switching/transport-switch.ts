import type { PeerId } from '../../../../shared/ids.ts';
import {
  chosenTransports,
  type TransportChoice,
  type TransportName,
  type TransportState,
  type TransportView,
} from '../../../../shared/transports.ts';
import { NetworkError } from '../errors.ts';
import type { Transport } from '../transport.ts';

const NAMES: readonly TransportName[] = ['libp2p', 'websocket'];

interface Slot {
  transport: Transport | null;
  state: TransportState;
  since: number;
  error: string | null;
  /** Ends the drain that is under way. */
  keep: AbortController | null;
}

export interface TransportSwitchModules {
  /** A transport that is not started yet. Each is used once. */
  create(name: TransportName): Transport;
  choiceOf(peerId: PeerId): TransportChoice | null;
  /** Resolves once nothing runs over it any more, or the time is up; at once when aborted. */
  drain(name: TransportName, signal: AbortSignal): Promise<void>;
  /** Channels with calls under way over it. */
  busy(name: TransportName): number;
  changed(): void;
}

/** Starts and ends the transports as they are chosen, while the rest goes on. */
export class TransportSwitch {
  readonly #modules: TransportSwitchModules;
  readonly #slots: Record<TransportName, Slot> = { libp2p: newSlot(), websocket: newSlot() };
  #choice: TransportChoice;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(choice: TransportChoice, modules: TransportSwitchModules) {
    this.#choice = choice;
    this.#modules = modules;
  }

  get choice(): TransportChoice {
    return this.#choice;
  }

  get(name: TransportName): Transport | null {
    return this.#slots[name].transport;
  }

  /** Those that there are, those included that are being drained. */
  all(): Transport[] {
    return NAMES.flatMap((name) => this.#slots[name].transport ?? []);
  }

  /** Those over which something new may begin with this peer, the preferred one first. */
  usable(peerId: PeerId): TransportName[] {
    return this.#chosenFor(peerId).filter((name) => this.isRunning(name));
  }

  /** Whether the peer may be linked over it: while it starts, too, when peers may come before it has done all. */
  mayLink(peerId: PeerId, name: TransportName): boolean {
    const { state } = this.#slots[name];
    return (state === 'running' || state === 'starting') && this.#chosenFor(peerId).includes(name);
  }

  isRunning(name: TransportName): boolean {
    return this.#slots[name].state === 'running';
  }

  views(): TransportView[] {
    return NAMES.map((name) => {
      const { transport, state, since, error } = this.#slots[name];
      return {
        name,
        state,
        since,
        addresses: transport?.addresses() ?? [],
        links: transport?.connections().length ?? 0,
        busy: state === 'draining' ? this.#modules.busy(name) : 0,
        error: error ?? transport?.problem ?? null,
      };
    });
  }

  /** Starts what was chosen at the beginning. @throws {NetworkError} where none of it can run */
  async start(): Promise<void> {
    await this.set(this.#choice);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const name of NAMES) this.#slots[name].keep?.abort();
    await this.#running.catch(() => undefined);
    await Promise.all(NAMES.map((name) => this.#end(name)));
  }

  /**
   * Chooses anew. Resolves once all that runs is what was chosen, or something else was chosen meanwhile.
   * @throws {NetworkError} UNREACHABLE where nothing of it can run; what ran before goes on then
   */
  async set(choice: TransportChoice): Promise<void> {
    const last = this.#choice;
    this.#choice = choice;
    const chosen = chosenTransports(choice);
    // What is wanted again is not drained any more.
    for (const name of chosen) this.#slots[name].keep?.abort();
    const before = this.#running.catch(() => undefined);
    this.#running = before.then(() => this.#apply(choice));
    try {
      await this.#running;
    } catch (error) {
      if (this.#choice === choice) this.#choice = last;
      throw error;
    }
  }

  async #apply(choice: TransportChoice): Promise<void> {
    if (this.#isOver(choice)) return;
    const chosen = chosenTransports(choice);
    await Promise.all(chosen.map((name) => this.#begin(name)));
    // Whatever was chosen meanwhile sees to the rest.
    if (this.#isOver(choice)) return;
    if (!chosen.some((name) => this.isRunning(name))) {
      const why = chosen.map((name) => this.#slots[name].error).find((error) => error !== null);
      throw new NetworkError('UNREACHABLE', why ?? 'The transport could not be started.');
    }
    const others = NAMES.filter((name) => !chosen.includes(name));
    await Promise.all(others.map((name) => this.#retire(name)));
  }

  #chosenFor(peerId: PeerId): readonly TransportName[] {
    return chosenTransports(this.#modules.choiceOf(peerId) ?? this.#choice);
  }

  #isOver(choice: TransportChoice): boolean {
    return this.#stopped || choice !== this.#choice;
  }

  async #begin(name: TransportName): Promise<void> {
    const slot = this.#slots[name];
    if (slot.transport !== null) {
      if (slot.state !== 'running') this.#now(name, 'running');
      return;
    }
    const transport = this.#modules.create(name);
    slot.transport = transport;
    this.#now(name, 'starting');
    try {
      await transport.start();
      this.#now(name, 'running');
    } catch (cause) {
      await transport.stop().catch(() => undefined);
      slot.transport = null;
      this.#now(name, 'failed', cause instanceof Error ? cause.message : String(cause));
    }
  }

  async #retire(name: TransportName): Promise<void> {
    const slot = this.#slots[name];
    if (slot.transport === null) {
      if (slot.state !== 'off') this.#now(name, 'off');
      return;
    }
    const keep = new AbortController();
    slot.keep = keep;
    this.#now(name, 'draining');
    await this.#modules.drain(name, keep.signal);
    slot.keep = null;
    // It was chosen again; or all of it stops, which ends it as well.
    if (keep.signal.aborted) return;
    await this.#end(name);
  }

  async #end(name: TransportName): Promise<void> {
    const slot = this.#slots[name];
    const { transport } = slot;
    if (transport === null) return;
    await transport.stop();
    slot.transport = null;
    this.#now(name, 'off');
  }

  #now(name: TransportName, state: TransportState, error: string | null = null): void {
    const slot = this.#slots[name];
    slot.state = state;
    slot.since = Date.now();
    slot.error = error;
    this.#modules.changed();
  }
}

const newSlot = (): Slot => ({ transport: null, state: 'off', since: Date.now(), error: null, keep: null });
