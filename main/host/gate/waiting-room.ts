import type { Answer, ApprovalView } from '../../../shared/gate.ts';
import { ApprovalId } from '../../../shared/ids.ts';
import type { GateOutcome, GateQuestion } from './index.ts';
import { refusal } from './refusals.ts';
import { shortId } from './short-id.ts';

/** A question that waits. */
export interface Waiting {
  view: ApprovalView;
  readonly question: GateQuestion;
  readonly canonicalArgs: string;
  readonly settle: (outcome: GateOutcome) => void;
  /** Told when the deadline has moved. */
  onDeadline: ((deadline: number) => void) | null;
  /** When it expires, on the clock that never jumps; null while it is answered. */
  endsAt: number | null;
  /** Of what comes next: it expires, or its answer is carried out. */
  timer: NodeJS.Timeout;
  /** When it comes back to the person's notice. */
  noticeTimer: NodeJS.Timeout | null;
  /** An answer that can still be taken back, given at this time on the clock that never jumps. */
  held: { readonly answer: Answer; readonly since: number; readonly left: number } | null;
}

/** Questions that may wait at once. Beyond them calls are refused as busy. */
const MAX_WAITING = 200;
/** Argument text that may wait, in UTF-16 code units: of one peer, and of all. */
const MAX_TEXT_OF_PEER = 16 * 1024 * 1024;
const MAX_TEXT = 64 * 1024 * 1024;
/** Callers wait an hour, and no question longer than this from when it was asked. */
export const LONGEST_WAIT_MS = 55 * 60_000;

export interface WaitingRoomOptions {
  readonly now: () => number;
  readonly monotonic: () => number;
  /** How many questions about calls of one peer, or to it, may wait. */
  readonly ofPeer: () => number;
  readonly onChange: (id: ApprovalId, view: ApprovalView | null) => void;
}

/** Holds the questions that wait for the person: bounded, each with a deadline, each settled exactly once. */
export class WaitingRoom {
  readonly #waiting = new Map<ApprovalId, Waiting>();
  readonly #options: WaitingRoomOptions;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Why one more question cannot wait, or null. */
  refusalFor({ peerId, direction = 'in' }: GateQuestion, textLength: number): GateOutcome | null {
    let count = 0;
    let text = textLength;
    let textOfPeer = textLength;
    for (const { question, canonicalArgs } of this.#waiting.values()) {
      text += canonicalArgs.length;
      // Those of a peer must not keep us from calling it.
      if (question.peerId !== peerId || (question.direction ?? 'in') !== direction) continue;
      count += 1;
      textOfPeer += canonicalArgs.length;
    }
    if (count >= this.#options.ofPeer() || textOfPeer > MAX_TEXT_OF_PEER) return refusal.tooManyOfPeer(count);
    if (this.#waiting.size >= MAX_WAITING || text > MAX_TEXT) return refusal.tooMany();
    return null;
  }

  freshId(): ApprovalId {
    for (;;) {
      const id = ApprovalId.parse(shortId());
      if (!this.#waiting.has(id)) return id;
    }
  }

  add(
    asked: Pick<Waiting, 'view' | 'question' | 'canonicalArgs'>,
    waitMs: number,
  ): { readonly waiting: Waiting; readonly outcome: Promise<GateOutcome> } {
    const { promise, resolve } = Promise.withResolvers<GateOutcome>();
    const waiting: Waiting = {
      ...asked,
      settle: resolve,
      onDeadline: null,
      endsAt: this.#options.monotonic() + waitMs,
      timer: this.#expiry(asked.view.id, waitMs),
      noticeTimer: null,
      held: null,
    };
    this.#waiting.set(asked.view.id, waiting);
    this.#options.onChange(asked.view.id, asked.view);
    return { waiting, outcome: promise };
  }

  /** The question, unless it is gone or its time is over. */
  get(id: ApprovalId): Waiting | null {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return null;
    if (waiting.endsAt === null || this.#options.monotonic() < waiting.endsAt) return waiting;
    this.settle(id, refusal.expired());
    return null;
  }

  list(): Waiting[] {
    return [...this.#waiting.values()];
  }

  /** Shows something else of a question. Does nothing where it is gone. */
  show(waiting: Waiting, change: Partial<ApprovalView>): void {
    if (this.#waiting.get(waiting.view.id) !== waiting) return;
    waiting.view = { ...waiting.view, ...change };
    this.#options.onChange(waiting.view.id, waiting.view);
  }

  /** Puts a question off until then, when it comes back to the person's notice; its time ends at the deadline. */
  putOff(waiting: Waiting, laterUntil: number, deadline: number): void {
    const now = this.#options.now();
    clearTimeout(waiting.timer);
    if (waiting.noticeTimer !== null) clearTimeout(waiting.noticeTimer);
    waiting.endsAt = this.#options.monotonic() + deadline - now;
    waiting.timer = this.#expiry(waiting.view.id, deadline - now);
    waiting.noticeTimer = setTimeout(() => {
      waiting.noticeTimer = null;
      this.show(waiting, { laterUntil: null });
    }, laterUntil - now);
    this.show(waiting, { laterUntil, deadline });
    waiting.onDeadline?.(deadline);
  }

  /** Stops the time of a question that is answered, and calls `carryOut` later. */
  hold(waiting: Waiting, answer: Answer, ms: number, carryOut: () => void): void {
    const since = this.#options.monotonic();
    clearTimeout(waiting.timer);
    waiting.held = { answer, since, left: Math.max(0, (waiting.endsAt ?? since) - since) };
    waiting.endsAt = null;
    waiting.timer = setTimeout(carryOut, ms);
    this.show(waiting, { answered: { kind: answer.kind, at: this.#options.now() + ms } });
  }

  /** Takes an answer back. The question has the time left that it had, but ends 55 minutes after it was asked. */
  release(waiting: Waiting): void {
    const { held } = waiting;
    if (held === null) return;
    const now = this.#options.now();
    const { askedAt, deadline } = waiting.view;
    const latest = Math.max(deadline, askedAt + LONGEST_WAIT_MS);
    const ends = Math.min(now + held.left, latest);
    clearTimeout(waiting.timer);
    waiting.held = null;
    waiting.endsAt = this.#options.monotonic() + ends - now;
    waiting.timer = this.#expiry(waiting.view.id, ends - now);
    this.show(waiting, { answered: null, deadline: ends });
    waiting.onDeadline?.(ends);
  }

  settle(id: ApprovalId, outcome: GateOutcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (waiting.noticeTimer !== null) clearTimeout(waiting.noticeTimer);
    waiting.settle(outcome);
    this.#options.onChange(id, null);
  }

  settleAll(outcome: () => GateOutcome, which: (waiting: Waiting) => boolean = () => true): void {
    for (const waiting of this.list()) {
      if (which(waiting)) this.settle(waiting.view.id, outcome());
    }
  }

  #expiry(id: ApprovalId, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.settle(id, refusal.expired()), ms);
  }
}
