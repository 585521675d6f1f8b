import type { PeerId } from '../../../../shared/ids.ts';
import { NetworkError } from '../errors.ts';
import type { MessageChannel } from '../index.ts';

const ASK_TIMEOUT_MS = 15_000;
/** Lines that wait for their turn. */
const MAX_WAITING = 1024;

/**
 * Lines to a Dawn node, which sends nothing back: each is answered by one `node/get_info`. One at a time, as such a node
 * takes them.
 */
export class LegacyEcho implements MessageChannel {
  readonly peerId: PeerId;
  readonly path = 'legacy';
  readonly transport = 'websocket';
  readonly retiring = false;
  busy: (() => boolean) | null = null;
  onIdle: (() => void) | null = null;
  onLine: ((line: string) => void) | null = null;
  onDrain: (() => void) | null = null;
  onClose: ((error: Error | null) => void) | null = null;
  readonly #ask: (signal: AbortSignal) => Promise<unknown>;
  readonly #ending = new AbortController();
  #waiting = 0;
  #asking = false;

  constructor(peerId: PeerId, ask: (signal: AbortSignal) => Promise<unknown>) {
    this.peerId = peerId;
    this.#ask = ask;
  }

  get unsent(): number {
    return this.#waiting;
  }

  send(_line: string): boolean {
    if (this.#ending.signal.aborted) return false;
    this.#waiting += 1;
    if (!this.#asking) void this.#askAll();
    return this.#waiting < MAX_WAITING;
  }

  /** Answers come one by one, and only to what was sent. */
  pause(): void {}

  resume(): void {}

  async close(): Promise<void> {
    this.#finish(null);
  }

  abort(error: Error): void {
    this.#finish(error);
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    try {
      while (this.#waiting > 0 && !this.#ending.signal.aborted) {
        await this.#ask(AbortSignal.any([this.#ending.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]));
        this.#waiting -= 1;
        this.onLine?.('{}');
        if (this.#waiting === MAX_WAITING - 1) this.onDrain?.();
      }
    } catch (cause) {
      const late = new NetworkError('TIMEOUT', 'The peer did not answer in time.', { cause });
      this.#finish(cause instanceof NetworkError ? cause : late);
    } finally {
      this.#asking = false;
    }
  }

  #finish(error: Error | null): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(new Error('The channel was closed.'));
    this.onClose?.(error);
  }
}
