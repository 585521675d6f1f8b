import type { Command } from 'commander';
import type { Answer, ApprovalView } from '../../../shared/gate.ts';
import type { LiveState } from '../../../shared/live.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { gathered, LIMIT_HELP } from '../limits-option.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { approval, denial, outcome, type ApproveOptions, type DenyOptions } from './answer-options.ts';
import { describe, differenceLines } from './approval-lines.ts';
import { numberBetween } from './number-option.ts';

/** No arguments are longer, in characters. */
const WHOLE = 32_000_000;
const IDS = 'the ids of the questions, or the beginnings of them';

/** `approvals`, `approve`, `deny`, `later`, `undo`. */
export function addApprovalCommands(program: Command, action: ActionOf): void {
  program
    .command('approvals')
    .description('list the calls that wait for your decision, or show one of them with all its arguments')
    .argument('[id]', 'the id of the question, or the beginning of it')
    .action(
      action((session, id: string | undefined) =>
        session.withHost(async ({ client, state }) => {
          if (id === undefined) return listApprovals(session, state);
          const question = findApproval(id, state);
          const { json } = await client.approvals.arguments({ id: question.id });
          const difference = question.toolChanged
            ? await client.approvals.definition({ id: question.id })
            : null;
          const whole: unknown = JSON.parse(json);
          session.give({ ...question, whole, difference });
          for (const line of describe(question, state, false)) session.say(line);
          for (const line of JSON.stringify(whole, null, 2).split('\n')) session.say(visible(line, WHOLE));
          for (const line of difference === null ? [] : differenceLines(difference)) session.say(line);
        }),
      ),
    );
  program
    .command('approve')
    .description('allow waiting calls, as they are shown; once, unless told otherwise')
    .argument('<ids...>', IDS)
    .option('--for <duration>', 'allow this peer this tool for a time: 10m, 1h, 1d; 30 days at most')
    .option('--until-quit', 'allow it until the host stops')
    .option('--always', 'allow it until you remove the rule')
    .option('--limit <limit>', LIMIT_HELP, gathered)
    .option('--edit <json>', 'run it with these arguments instead; @FILE reads them from a file')
    .action(
      action(async (session, ids: string[], options: ApproveOptions) => {
        if (options.edit !== undefined && ids.length > 1)
          throw usageError('Changed arguments are for one call. Name one.');
        return await answer(session, ids, await approval(options));
      }),
    );
  program
    .command('deny')
    .description('refuse waiting calls')
    .argument('<ids...>', IDS)
    .option('--always', 'refuse this peer this tool from now on')
    .option('--block', 'block the peer altogether')
    .option('--reason <text>', 'tell the caller why')
    .action(action((session, ids: string[], options: DenyOptions) => answer(session, ids, denial(options))));
  program
    .command('later')
    .description('put waiting calls off; they go on waiting')
    .argument('<ids...>', IDS)
    .requiredOption(
      '--minutes <minutes>',
      'for how long: 1 to 50',
      numberBetween(1, 50, 'How long it is put off'),
    )
    .action(
      action((session, ids: string[], { minutes }: { minutes: number }) =>
        answer(session, ids, { kind: 'later', minutes }),
      ),
    );
  program
    .command('undo')
    .description('take back answers that were given in the window and are not carried out yet')
    .argument('<ids...>', IDS)
    .action(
      action((session, given: string[]) =>
        session.withHost(async ({ client, state }) => {
          const ids = given.map((id) => findApproval(id, state).id);
          await client.approvals.undo({ ids });
          session.give({ ids, undone: true });
          session.say(ids.length === 1 ? 'Taken back. It waits again.' : 'Taken back. They wait again.');
        }),
      ),
    );
}

async function answer(session: Session, ids: readonly string[], chosen: Answer): Promise<ExitCode> {
  return await session.withHost(async ({ client, state }) => {
    const questions = [...new Set(ids.map((id) => findApproval(id, state)))];
    const [only, another] = questions;
    if (only !== undefined && another === undefined) {
      for (const line of describe(only, state)) session.say(line);
      await client.approvals.answer({ id: only.id, digest: only.digest, answer: chosen });
      session.give(answered(only, chosen));
      session.say(outcome(chosen));
      return ExitCode.fine;
    }
    const results = await client.approvals.answerMany({
      questions: questions.map(({ id, digest }) => ({ id, digest })),
      answer: chosen,
    });
    const problems = new Map(results.map(({ id, problem }) => [id, problem]));
    session.give(
      questions.map((question) => ({
        ...answered(question, chosen),
        problem: problems.get(question.id) ?? null,
      })),
    );
    for (const question of questions) {
      for (const line of describe(question, state)) session.say(line);
      session.say(problems.get(question.id) ?? outcome(chosen));
    }
    return results.every(({ problem }) => problem === null) ? ExitCode.fine : ExitCode.failed;
  });
}

const answered = ({ id, callId, peerId, agent, tool, digest }: ApprovalView, chosen: Answer) => ({
  id,
  answer: chosen,
  callId,
  peerId,
  agent,
  tool,
  digest,
});

function findApproval(id: string, state: LiveState): ApprovalView {
  const exact = state.approvals[id];
  if (exact !== undefined) return exact;
  const [only, another] = Object.values(state.approvals).filter((question) => question.id.startsWith(id));
  if (only === undefined || id.length < 2) {
    throw new CliError(
      'NOT_FOUND',
      ExitCode.failed,
      `No question ${JSON.stringify(id)} waits: it was answered, expired or withdrawn. See "gatehouse approvals".`,
    );
  }
  if (another !== undefined)
    throw usageError(`More than one question begins with ${JSON.stringify(id)}. Give more of it.`);
  return only;
}

function listApprovals(session: Session, state: LiveState): void {
  const waiting = Object.values(state.approvals).toSorted((one, other) => one.deadline - other.deadline);
  session.give(waiting);
  session.columns(
    ['ID', 'DIR', 'PEER', 'AGENT', 'TOOL', 'PATH', 'RISK', 'LEFT', 'ARGUMENTS'],
    waiting.map((question) => [
      question.id,
      question.direction,
      peerLabel(state.peers[question.peerId], question.peerId),
      question.agent,
      visible(question.tool),
      question.path,
      question.riskStated || question.riskRaised ? question.risk : `${question.risk}?`,
      question.answered === null ? formatSpan(question.deadline - Date.now()) : 'answered',
      question.arguments.map(({ name, preview }) => `${visible(name)}=${visible(preview)}`).join(' '),
    ]),
    'Nothing waits for you.',
  );
}
