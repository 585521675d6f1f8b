import type { PeerId } from '../../../shared/ids.ts';
import type { ReceiptsModules } from './index.ts';

/** Peers of whom troubles are counted. */
const MAX_PEERS = 256;
/** A person is told of the same at most this often. */
const TELL_MS = 10_000;

export type Trouble = keyof typeof SENTENCES;

const SENTENCES = {
  /** Of a host: what it signed is not what happened here. */
  mismatch: (name: string, calls: string) =>
    `The receipts of ${name} do not fit what was called (${calls}). They are not signed.`,
  /** Of a host: its clock, or the order of its times. */
  times: (name: string, calls: string) =>
    `The receipts of ${name} name times that cannot be, by the clock here (${calls}). They are not signed.`,
  /** Of a host: not a message that can be read, or not signed by it. */
  forged: (name: string) => `${name} sent receipts that it has not signed itself. They are not kept.`,
  /** Of a caller: it never signed. */
  unsigned: (name: string, calls: string) =>
    `${name} has not signed the receipts of ${calls}. They hold the signature of this host only.`,
  /** Of a caller: it signed something else. */
  'bad-signature': (name: string, calls: string) =>
    `${name} answered the receipts of ${calls} with a signature that is not by its key. They hold the one of this host only.`,
  /** Of either: nothing that both would hash to the same. */
  unmade: (name: string, calls: string) =>
    `There is no receipt of ${calls} of or to ${name}: something in it has no form that both sides can sign.`,
  /** Of either: the records did not take it. */
  unkept: (name: string, calls: string) =>
    `The receipts of ${calls} of or to ${name} could not be written down. They are lost.`,
} as const;

/** Counts what goes wrong with receipts, and tells the person, each peer and kind apart. */
export class Troubles {
  readonly #modules: Pick<ReceiptsModules, 'notice' | 'nameOf'>;
  readonly #counted = new Map<string, { calls: number; told: number }>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #stopped = false;

  constructor(modules: Pick<ReceiptsModules, 'notice' | 'nameOf'>) {
    this.#modules = modules;
  }

  note(peerId: PeerId, trouble: Trouble, calls: number): void {
    if (this.#stopped) return;
    const id = `receipts-${trouble}-${peerId}`;
    const known = this.#counted.get(id);
    const counted = known ?? { calls: 0, told: -Infinity };
    counted.calls += calls;
    if (known === undefined) {
      if (this.#counted.size >= MAX_PEERS) this.#counted.delete(this.#counted.keys().next().value ?? '');
      this.#counted.set(id, counted);
    }
    if (this.#timers.has(id)) return;
    const wait = counted.told + TELL_MS - performance.now();
    if (wait <= 0) this.#tell(id, peerId, trouble, counted);
    else this.#timers.set(id, setTimeout(() => this.#tell(id, peerId, trouble, counted), wait).unref());
  }

  /** What is left unsigned when the host ends is nobody's fault. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #tell(id: string, peerId: PeerId, trouble: Trouble, counted: { calls: number; told: number }): void {
    this.#timers.delete(id);
    counted.told = performance.now();
    const calls = counted.calls === 1 ? 'one call' : `${counted.calls} calls`;
    const level = trouble === 'unsigned' ? 'info' : 'warning';
    this.#modules.notice(id, level, SENTENCES[trouble](this.#modules.nameOf(peerId), calls));
  }
}
