import type { ApprovalView } from '../../../shared/gate.ts';

/** Why an answer or a question about an approval or a rule cannot be met. */
export class GateError extends Error {
  override readonly name = 'GateError';
  readonly code: 'NOT_FOUND' | 'CONFLICT' | 'INVALID';
  constructor(code: GateError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** For an answer that reaches further than its question may. */
export const unfit = (view: ApprovalView): GateError => new GateError('INVALID', whyUnfit(view));

function whyUnfit({ direction, path }: ApprovalView): string {
  if (direction === 'out')
    return 'Calls of your own over a legacy link are asked about one by one. Allow this one, or deny it.';
  if (path === 'legacy')
    return 'Calls over a legacy link are asked about each time. Allow this one, or deny it.';
  return 'A rule holds what the agent answers for your review. Allow this call once, or change the rule.';
}

export const gone = (): GateError =>
  new GateError('NOT_FOUND', 'This question no longer waits: it was answered, withdrawn or has expired.');

export const otherQuestion = (): GateError =>
  new GateError('CONFLICT', 'This answer is for another question than the one that waits. Look again.');

export const answeredAlready = (): GateError =>
  new GateError('CONFLICT', 'This question is answered already. Take that back first.');

/** @param until when the peer may go on, in milliseconds since 1970; null: once what it has under way has ended */
export const overBudget = (until: number | null): GateError =>
  new GateError(
    'CONFLICT',
    until === null
      ? 'The calls of this peer that are under way may use up its budget. Allow this one once they have ended; it goes on waiting.'
      : `This peer has used up its budget and is paused until ${momentOf(until)}. Allow its calls then, or give it a larger budget; they go on waiting.`,
  );

/** Budgets are those of 24 hours, so that the time of day alone may be tomorrow's. */
const momentOf = (at: number): string =>
  new Date(at).toLocaleString('en-GB', { weekday: 'long', hour: '2-digit', minute: '2-digit' });
