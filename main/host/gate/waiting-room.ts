import type { ApprovalView } from '../../../shared/gate.ts';
import { ApprovalId } from '../../../shared/ids.ts';
import type { GateOutcome, GateQuestion } from './index.ts';
import { refusal } from './refusals.ts';
import { shortId } from './short-id.ts';

/** A question that waits. */
export interface Waiting {
  readonly view: ApprovalView;
  readonly question: GateQuestion;
  readonly canonicalArgs: string;
  /** On the clock that never jumps. */
  readonly endsAt: number;
  readonly settle: (outcome: GateOutcome) => void;
  readonly timer: NodeJS.Timeout;
}

/** Questions about calls of one peer, or to it, and of all, that may wait at once. Beyond them calls are refused as busy. */
const MAX_OF_PEER = 8;
const MAX_WAITING = 200;
/** Argument text that may wait, in UTF-16 code units: of one peer, and of all. */
const MAX_TEXT_OF_PEER = 16 * 1024 * 1024;
const MAX_TEXT = 64 * 1024 * 1024;

/** Holds the questions that wait for the person: bounded, each with a deadline, each settled exactly once. */
export class WaitingRoom {
  readonly #waiting = new Map<ApprovalId, Waiting>();
  readonly #monotonic: () => number;
  readonly #onGone: (id: ApprovalId) => void;

  constructor(monotonic: () => number, onGone: (id: ApprovalId) => void) {
    this.#monotonic = monotonic;
    this.#onGone = onGone;
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
    if (count >= MAX_OF_PEER || textOfPeer > MAX_TEXT_OF_PEER) return refusal.tooManyOfPeer(count);
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
    view: ApprovalView,
    question: GateQuestion,
    canonicalArgs: string,
    waitMs: number,
  ): Promise<GateOutcome> {
    const { promise, resolve } = Promise.withResolvers<GateOutcome>();
    const timer = setTimeout(() => {
      this.settle(view.id, refusal.expired());
    }, waitMs);
    const endsAt = this.#monotonic() + waitMs;
    this.#waiting.set(view.id, { view, question, canonicalArgs, endsAt, settle: resolve, timer });
    return promise;
  }

  /** The question, unless it is gone or its time is over. */
  get(id: ApprovalId): Waiting | null {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return null;
    if (this.#monotonic() < waiting.endsAt) return waiting;
    this.settle(id, refusal.expired());
    return null;
  }

  list(): Waiting[] {
    return [...this.#waiting.values()];
  }

  settle(id: ApprovalId, outcome: GateOutcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(outcome);
    this.#onGone(id);
  }

  settleAll(outcome: () => GateOutcome, which: (waiting: Waiting) => boolean = () => true): void {
    for (const waiting of this.list()) {
      if (which(waiting)) this.settle(waiting.view.id, outcome());
    }
  }
}
