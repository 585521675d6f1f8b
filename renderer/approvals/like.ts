/** Like calls: those of one peer to one tool. Pure. */
import type { ApprovalView } from '../../shared/gate.ts';

export const isLike = (a: ApprovalView, b: ApprovalView): boolean =>
  a.direction === b.direction && a.peerId === b.peerId && a.agent === b.agent && a.tool === b.tool;

/** Whether it can be answered now: nobody has, and it has not been put off. */
export const isOpen = (approval: ApprovalView, now: number): boolean =>
  approval.answered === null && (approval.laterUntil === null || approval.laterUntil <= now);

/** Names of the arguments in which they differ, in the order in which they first come. */
export function differingArguments(approvals: readonly ApprovalView[]): readonly string[] {
  const names = new Set(approvals.flatMap((approval) => approval.arguments.map(({ name }) => name)));
  return [...names].filter((name) => {
    const values = approvals.map((approval) => {
      const found = approval.arguments.find((argument) => argument.name === name);
      return found === undefined ? null : JSON.stringify([found.preview, found.length]);
    });
    // Cut previews that are the same may still differ behind the cut.
    const isCut = approvals.some((approval) =>
      approval.arguments.some(
        (argument) => argument.name === name && argument.length > argument.preview.length,
      ),
    );
    return isCut || new Set(values).size > 1;
  });
}
