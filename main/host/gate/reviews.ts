import { hash } from 'node:crypto';
import type { ReviewAnswer, ReviewView } from '../../../shared/gate.ts';
import { ApprovalId, type PeerId } from '../../../shared/ids.ts';
import { cutText } from '../cut-text.ts';
import { isTooDeep } from './depth.ts';
import { canonicalArguments } from './digest.ts';
import { objectOf } from './edited-arguments.ts';
import { GateError, otherQuestion } from './gate-error.ts';
import type { ReviewOutcome, ReviewQuestion, WaitingReview } from './index.ts';
import { readRedacted } from './redacted-result.ts';
import { reviewRefusal } from './review-refusals.ts';
import { shortId } from './short-id.ts';

interface Held {
  view: ReviewView;
  /** Canonical JSON (RFC 8785) of the result: what is shown, and what leaves. */
  readonly json: string;
  readonly isToolResult: boolean;
  readonly settle: (outcome: ReviewOutcome) => void;
  readonly timer: NodeJS.Timeout;
  /** On the clock that never jumps. */
  readonly endsAt: number;
}

export interface ReviewRoomOptions {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly settings: () => { readonly approvalSeconds: number; readonly questionsPerPeer: number };
  readonly onChange: (id: ApprovalId, view: ReviewView | null) => void;
}

const MAX_WAITING = 200;
/** Text of results that may wait, in UTF-16 code units: of one peer, and of all. */
const MAX_TEXT_OF_PEER = 32 * 1024 * 1024;
const MAX_TEXT = 96 * 1024 * 1024;
const MAX_PREVIEW = 2000;

/** Holds what agents answered until the person releases it: bounded, each with a deadline, each settled exactly once. */
export class ReviewRoom {
  readonly #held = new Map<ApprovalId, Held>();
  readonly #options: ReviewRoomOptions;

  constructor(options: ReviewRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  views(): ReviewView[] {
    return [...this.#held.values()].map(({ view }) => view);
  }

  /** See `Gate.review`. */
  review(question: ReviewQuestion): WaitingReview | { readonly refused: ReviewOutcome } {
    const { result, ...asked } = question;
    const json = isTooDeep(result) ? null : canonicalArguments(result);
    if (json === null) return { refused: reviewRefusal.notCanonical() };
    if (!this.#hasRoom(question.peerId, json.length)) return { refused: reviewRefusal.tooMany() };
    const { now, monotonic, settings, onChange } = this.#options;
    const id = this.#freshId();
    const askedAt = now();
    const waitMs = settings().approvalSeconds * 1000;
    const view: ReviewView = {
      ...pick(asked),
      id,
      toolError: result['isError'] === true,
      preview: cutText(json, MAX_PREVIEW),
      resultBytes: Buffer.byteLength(json),
      digest: hash('sha256', json, 'hex'),
      askedAt,
      deadline: askedAt + waitMs,
      callerAway: false,
    };
    const { promise, resolve } = Promise.withResolvers<ReviewOutcome>();
    this.#held.set(id, {
      view,
      json,
      isToolResult: Array.isArray(result['content']),
      settle: resolve,
      timer: setTimeout(() => this.#settle(id, reviewRefusal.expired()), waitMs),
      endsAt: monotonic() + waitMs,
    });
    onChange(id, view);
    return {
      deadline: view.deadline,
      outcome: promise,
      cancel: () => this.#settle(id, reviewRefusal.cancelled()),
      away: (callerAway) => this.#show(id, { callerAway }),
    };
  }

  /** @throws {GateError} NOT_FOUND */
  resultOf(id: ApprovalId): string {
    return this.#get(id).json;
  }

  /** @throws {GateError} NOT_FOUND, CONFLICT, INVALID; it goes on waiting then */
  answer(id: ApprovalId, digest: string, answer: ReviewAnswer): void {
    const held = this.#get(id);
    if (held.view.digest !== digest) throw otherQuestion();
    this.#settle(id, outcomeOf(held, answer));
  }

  settleAll(outcome: () => ReviewOutcome, ofPeer: PeerId | null = null): void {
    for (const { view } of this.#held.values()) {
      if (ofPeer === null || view.peerId === ofPeer) this.#settle(view.id, outcome());
    }
  }

  #hasRoom(peerId: PeerId, length: number): boolean {
    let count = 0;
    let text = length;
    let textOfPeer = length;
    for (const { view, json } of this.#held.values()) {
      text += json.length;
      if (view.peerId !== peerId) continue;
      count += 1;
      textOfPeer += json.length;
    }
    const ofPeer = count < this.#options.settings().questionsPerPeer && textOfPeer <= MAX_TEXT_OF_PEER;
    return ofPeer && this.#held.size < MAX_WAITING && text <= MAX_TEXT;
  }

  #show(id: ApprovalId, change: Partial<ReviewView>): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    held.view = { ...held.view, ...change };
    this.#options.onChange(id, held.view);
  }

  #get(id: ApprovalId): Held {
    const held = this.#held.get(id);
    if (held !== undefined && this.#options.monotonic() < held.endsAt) return held;
    this.#settle(id, reviewRefusal.expired());
    throw new GateError(
      'NOT_FOUND',
      'This answer no longer waits: it was released, refused, withdrawn or has expired.',
    );
  }

  #settle(id: ApprovalId, outcome: ReviewOutcome): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    clearTimeout(held.timer);
    held.settle(outcome);
    this.#options.onChange(id, null);
  }

  #freshId(): ApprovalId {
    for (;;) {
      const id = ApprovalId.parse(shortId());
      if (!this.#held.has(id)) return id;
    }
  }
}

function outcomeOf({ json, isToolResult }: Held, answer: ReviewAnswer): ReviewOutcome {
  switch (answer.kind) {
    case 'release':
      return { effect: 'release', result: parsed(json), changed: false };
    case 'redact': {
      const redacted = readRedacted(answer.result, isToolResult);
      return { effect: 'release', result: parsed(redacted), changed: redacted !== json };
    }
    case 'refuse':
      return reviewRefusal.byPerson(answer.reason);
    default:
      return answer satisfies never;
  }
}

/** Made anew from the very text that was shown: an object may have been changed since, a text cannot. */
const parsed = (json: string): Record<string, unknown> => objectOf(json, 'The answer is');

const pick = ({ callId, peerId, agent, tool, path, ruleId }: Omit<ReviewQuestion, 'result'>) => ({
  callId,
  peerId,
  agent,
  tool,
  path,
  ruleId,
});
