import type { Command } from 'commander';
import type { Answer, ApprovalView } from '../../../shared/gate.ts';
import type { LiveState } from '../../../shared/live.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { formatSpan, parseDuration } from '../durations.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

interface ApproveOptions {
  readonly for?: string;
  readonly untilQuit?: boolean;
  readonly always?: boolean;
}

interface DenyOptions {
  readonly always?: boolean;
  readonly block?: boolean;
}

/** Longest argument shown in a summary, in characters; `approvals ID` has all of it. */
const MAX_SHOWN = 2000;
const LEGACY =
  'Its link is a legacy one: answers are neither encrypted nor signed. So it is asked each time, and allowed once only.';
/** No arguments are longer, in characters. */
const WHOLE = 32_000_000;

/** `approvals`, `approve`, `deny`. */
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
          const whole: unknown = JSON.parse(json);
          session.give({ ...question, whole });
          for (const line of describe(question, state, false)) session.say(line);
          for (const line of JSON.stringify(whole, null, 2).split('\n')) session.say(visible(line, WHOLE));
        }),
      ),
    );
  program
    .command('approve')
    .description('allow a waiting call, as it is shown; once, unless told otherwise')
    .argument('<id>', 'the id of the question, or the beginning of it')
    .option('--for <duration>', 'allow this peer this tool for a time: 10m, 1h, 1d; 30 days at most')
    .option('--until-quit', 'allow it until the host stops')
    .option('--always', 'allow it until you remove the rule')
    .action(action((session, id: string, options: ApproveOptions) => answer(session, id, approval(options))));
  program
    .command('deny')
    .description('refuse a waiting call')
    .argument('<id>', 'the id of the question, or the beginning of it')
    .option('--always', 'refuse this peer this tool from now on')
    .option('--block', 'block the peer altogether')
    .action(action((session, id: string, options: DenyOptions) => answer(session, id, denial(options))));
}

function approval(options: ApproveOptions): Answer {
  const given = [options.for !== undefined, options.untilQuit === true, options.always === true];
  if (given.filter(Boolean).length > 1) throw usageError('Give one of --for, --until-quit and --always.');
  if (options.for !== undefined) {
    const seconds = parseDuration(options.for);
    if (seconds === null) throw usageError('Write the duration as 45s, 10m, 1h or 1d; 30 days at most.');
    return { kind: 'allow-for', seconds };
  }
  if (options.untilQuit === true) return { kind: 'allow-until-quit' };
  return { kind: options.always === true ? 'allow-always' : 'allow-once' };
}

function denial(options: DenyOptions): Answer {
  if (options.block === true && options.always === true)
    throw usageError('Give one of --always and --block.');
  return options.block === true
    ? { kind: 'deny-and-block' }
    : { kind: 'deny', always: options.always === true };
}

function answer(session: Session, id: string, chosen: Answer): Promise<void> {
  return session.withHost(async ({ client, state }) => {
    const question = findApproval(id, state);
    for (const line of describe(question, state)) session.say(line);
    await client.approvals.answer({ id: question.id, digest: question.digest, answer: chosen });
    const { callId, peerId, agent, tool, digest } = question;
    session.give({ id: question.id, answer: chosen, callId, peerId, agent, tool, digest });
    session.say(outcome(chosen));
  });
}

function outcome(chosen: Answer): string {
  switch (chosen.kind) {
    case 'allow-once':
      return 'Allowed, this once.';
    case 'allow-for':
      return `Allowed for ${formatSpan(chosen.seconds * 1000)}.`;
    case 'allow-until-quit':
      return 'Allowed until the host stops.';
    case 'allow-always':
      return 'Allowed from now on. "gatehouse rules" lists the rule.';
    case 'deny':
      return chosen.always ? 'Denied, from now on. "gatehouse rules" lists the rule.' : 'Denied.';
    case 'deny-and-block':
      return 'Denied, and the peer is blocked.';
    default:
      return chosen satisfies never;
  }
}

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

/** The question as it is answered, with a summary of its arguments. */
function describe(question: ApprovalView, state: LiveState, summary = true): string[] {
  const who = peerLabel(state.peers[question.peerId], question.peerId);
  const what = `${question.agent} > ${visible(question.tool)}`;
  const kind = `${question.risk}${question.riskStated ? '' : ', as the agent does not say otherwise'}`;
  return [
    question.direction === 'in'
      ? `${who} wants to use ${what}  (${question.path}; ${kind})`
      : `A call of your own is to use ${what} at ${who}  (${question.path})`,
    ...(question.path === 'legacy' ? [LEGACY] : []),
    ...(question.toolChanged ? ['The tool is not the one that was first allowed.'] : []),
    ...(summary ? question.arguments : []).map(({ name, preview, length }) => {
      const more =
        length > preview.length
          ? ` … (${length} characters; "gatehouse approvals ${question.id}" shows all)`
          : '';
      return `  ${visible(name)}  ${visible(preview.slice(0, MAX_SHOWN))}${more}`;
    }),
    `Before: ${question.before.allowed} allowed, ${question.before.denied} denied.`,
  ];
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
      question.riskStated ? question.risk : `${question.risk}?`,
      formatSpan(question.deadline - Date.now()),
      question.arguments.map(({ name, preview }) => `${visible(name)}=${visible(preview)}`).join(' '),
    ]),
    'Nothing waits for you.',
  );
}
