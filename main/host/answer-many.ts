import type { Answer } from '../../shared/gate.ts';
import type { ApprovalId } from '../../shared/ids.ts';
import { GateError, type Gate } from './gate/index.ts';

interface Many {
  readonly questions: readonly { readonly id: ApprovalId; readonly digest: string }[];
  readonly answer: Answer;
  readonly undoSeconds: number;
}

/**
 * Gives several questions the same answer. One that cannot be given keeps none of the others from it: the first to be
 * answered may make a rule that answers those after it, or block their peer.
 */
export function answerMany(
  gate: Pick<Gate, 'answer'>,
  { questions, answer, undoSeconds }: Many,
): { id: ApprovalId; problem: string | null }[] {
  return questions.map(({ id, digest }) => {
    try {
      gate.answer(id, digest, answer, undoSeconds * 1000);
      return { id, problem: null };
    } catch (error) {
      // The disk may refuse one, too; the others are still answered.
      const problem = error instanceof Error ? error.message : String(error);
      return { id, problem: error instanceof GateError ? problem : `It could not be stored: ${problem}` };
    }
  });
}
