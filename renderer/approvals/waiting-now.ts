import type { LiveState } from '../../shared/live.ts';
import type { ApprovalId } from '../../shared/ids.ts';
import { isOpen } from './like.ts';

/** What waits for an answer at this moment: questions that are neither answered nor put off, and answers to review. Pure but for the clock. */
export const waitingNow = (live: Pick<LiveState, 'approvals' | 'reviews'>): readonly ApprovalId[] => {
  const now = Date.now();
  return [
    ...Object.values(live.approvals)
      .filter((approval) => isOpen(approval, now))
      .map(({ id }) => id),
    ...Object.values(live.reviews).map(({ id }) => id),
  ];
};
