import type { PeerId } from '../../../../shared/ids.ts';
import type { LinkTransport, Path } from '../../../../shared/peers.ts';
import { NetworkError } from '../errors.ts';
import type { MessageChannel } from '../index.ts';

/**
 * The last line of a channel on the link that it leaves. No MCP message looks like it, and it means something only
 * while a move is under way.
 */
export const MOVED_LINE = '{"moved":true}';
/** How long the other side may take to say its last on the old link. */
const MOVE_TIMEOUT_MS = 60_000;

/**
 * A channel that can change the link under it and loses nothing by that. Each side says its last on the old link with
 * {@link MOVED_LINE} and goes on speaking on the new one at once; it reads the old one until the other side has said
 * the same, and only then the new one. So lines keep their order, and none is lost or doubled.
 */
export class MovingChannel implements MessageChannel {
  readonly peerId: PeerId;
  busy: (() => boolean) | null = null;
  onIdle: (() => void) | null = null;
  retiring = false;
  onDrain: (() => void) | null = null;
  #onClose: ((error: Error | null) => void) | null = null;
  #onLine: ((line: string) => void) | null = null;

  /** Where lines are read. */
  #in: MessageChannel;
  /** Where lines are sent; other than `#in` while a move is under way. */
  #out: MessageChannel;
  /** What the new link's channel ended with, before it was its turn to be read. */
  #nextEnd: { readonly error: Error | null } | null = null;
  /** We have asked to move and do not know yet whether the other side does. */
  #asking = false;
  #theyMoved = false;
  /** We asked to move and were not answered: until then the other side may still go, and this channel with it. */
  #mayLeaveUntil = 0;
  #mayMove = true;
  #paused = false;
  #callerWaits = false;
  #timer: NodeJS.Timeout | null = null;
  /** Wait until no move is under way. */
  #waiting: (() => void)[] = [];
  #end: { readonly error: Error | null } | null = null;
  #endTold = false;
  readonly #onEnd: () => void;
  readonly #onArrived: () => void;

  /** `onEnd` is told once, before the owner is; `onArrived` whenever nothing is left of the link before. */
  constructor(
    channel: MessageChannel,
    onEnd: () => void = () => undefined,
    onArrived: () => void = () => undefined,
  ) {
    this.#onEnd = onEnd;
    this.#onArrived = onArrived;
    this.peerId = channel.peerId;
    this.#in = channel;
    this.#out = channel;
    channel.onClose = (error) => this.#onInEnd(channel, error);
    channel.onDrain = () => this.#drained(channel);
  }

  get path(): Path {
    return this.#out.path;
  }

  get transport(): LinkTransport {
    return this.#out.transport;
  }

  /** It stands, and no move is under way or has gone wrong. */
  get movable(): boolean {
    if (performance.now() < this.#mayLeaveUntil) return false;
    return this.#end === null && this.#mayMove && !this.#asking && this.#in === this.#out;
  }

  /** Of those since the last move: what was queued on the old link before it counts as sent. */
  get unsent(): number {
    return this.#out.unsent;
  }

  /** Resolves once no move is under way: at once where none is, at the latest when the channel ends. */
  settled(): Promise<void> {
    const isMoving = this.#asking || this.#theyMoved || this.#in !== this.#out;
    if (this.#end !== null || !isMoving) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get onLine(): ((line: string) => void) | null {
    return this.#onLine;
  }

  set onLine(listener: ((line: string) => void) | null) {
    this.#onLine = listener;
    if (listener === null) return;
    this.#in.onLine = this.#onInLine;
    if (!this.#paused) this.#in.resume();
  }

  get onClose(): ((error: Error | null) => void) | null {
    return this.#onClose;
  }

  set onClose(listener: ((error: Error | null) => void) | null) {
    this.#onClose = listener;
    if (this.#end !== null) queueMicrotask(() => this.#tellEnd());
  }

  send(line: string): boolean {
    const more = this.#out.send(line);
    this.#callerWaits = !more;
    return more;
  }

  pause(): void {
    this.#paused = true;
    this.#in.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#in.resume();
  }

  async close(): Promise<void> {
    this.#stopWaiting();
    this.#mayMove = false;
    const both = this.#in === this.#out ? [this.#out] : [this.#in, this.#out];
    await Promise.all(both.map((channel) => channel.close()));
    this.#finish(null);
  }

  abort(error: Error): void {
    // First, so that what the channels say of their end finds this one ended.
    this.#finish(error);
    this.#in.abort(error);
    this.#out.abort(error);
  }

  /**
   * We are asking the other side to move, over the new link; its last line here may come before its answer there.
   * Then comes `goOn` or `stay`.
   */
  ask(): void {
    this.#asking = true;
  }

  /** The other side does not move. `certain`: it said so; otherwise it may have agreed, and its answer was lost. */
  stay(certain: boolean): void {
    this.#asking = false;
    if (this.#theyMoved) this.abort(lostOnTheWay());
    else if (!certain) this.#mayLeaveUntil = performance.now() + MOVE_TIMEOUT_MS;
    this.#tellSettled();
  }

  /** Goes on over another link, where the other side does so too. */
  goOn(next: MessageChannel): void {
    this.#asking = false;
    if (this.#end !== null || this.#in !== this.#out || !this.#mayMove) {
      next.abort(new NetworkError('LINK_LOST', 'The channel was closed while it moved.'));
      return;
    }
    this.retiring = false;
    const old = this.#out;
    old.onDrain = null;
    this.#out = next;
    next.onDrain = () => this.#drained(next);
    next.onClose = (error) => this.#onNextEnd(next, error);
    // Read from now on, but held: what comes before its turn counts against what this peer may have us hold.
    next.pause();
    next.onLine = this.#onInLine;
    old.send(MOVED_LINE);
    this.#timer = setTimeout(() => this.#onLate(), MOVE_TIMEOUT_MS).unref();
    if (this.#theyMoved) this.#arrive();
    // Whoever waited for the old link to take more need not wait for it now.
    if (this.#callerWaits) queueMicrotask(() => this.#drained(next));
  }

  readonly #onInLine = (line: string): void => {
    const isExpected = this.#asking || this.#in !== this.#out;
    const isLate = performance.now() < this.#mayLeaveUntil;
    if (line !== MOVED_LINE || this.#theyMoved || !(isExpected || isLate)) {
      this.#onLine?.(line);
      return;
    }
    this.#theyMoved = true;
    if (!isExpected) {
      this.abort(lostOnTheWay());
      return;
    }
    if (this.#in !== this.#out) this.#arrive();
  };

  /** All that came over the old link has been read. */
  #arrive(): void {
    this.#stopWaiting();
    const old = this.#in;
    const next = this.#out;
    this.#in = next;
    this.#theyMoved = false;
    old.onClose = null;
    // Both sides have said their last on it; but the other one may not read for a while, and must not lose it.
    old.close(MOVE_TIMEOUT_MS).catch(() => undefined);
    const end = this.#nextEnd;
    this.#nextEnd = null;
    if (end !== null) {
      this.#finish(end.error);
      return;
    }
    next.onClose = (error) => this.#onInEnd(next, error);
    if (!this.#paused && this.#onLine !== null) next.resume();
    this.#onArrived();
    this.#tellSettled();
  }

  #onInEnd(channel: MessageChannel, error: Error | null): void {
    if (channel !== this.#in) return;
    const moving = this.#in !== this.#out || this.#theyMoved;
    this.#finish(moving && error === null ? lostOnTheWay() : error);
    if (moving) this.#out.abort(error ?? lostOnTheWay());
  }

  #onNextEnd(channel: MessageChannel, error: Error | null): void {
    if (channel === this.#in) {
      this.#onInEnd(channel, error);
      return;
    }
    this.#nextEnd = { error };
    if (error === null) return;
    this.#finish(error);
    this.#in.abort(error);
  }

  #onLate(): void {
    this.#timer = null;
    // One that we do not read cannot get to its last line.
    if (this.#paused) this.#timer = setTimeout(() => this.#onLate(), MOVE_TIMEOUT_MS).unref();
    else this.abort(new NetworkError('TIMEOUT', 'The peer did not follow to the better link in time.'));
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #drained(channel: MessageChannel): void {
    if (channel !== this.#out || this.#end !== null) return;
    this.#callerWaits = false;
    this.onDrain?.();
  }

  #finish(error: Error | null): void {
    if (this.#end !== null) return;
    this.#stopWaiting();
    this.#end = { error };
    this.#onEnd();
    this.#tellSettled();
    this.#tellEnd();
  }

  #tellSettled(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }

  #tellEnd(): void {
    if (this.#endTold || this.#end === null || this.#onClose === null) return;
    this.#endTold = true;
    this.#onClose(this.#end.error);
  }
}

const lostOnTheWay = (): NetworkError =>
  new NetworkError('LINK_LOST', 'The link to the peer was lost while the channel moved to a better one.');
