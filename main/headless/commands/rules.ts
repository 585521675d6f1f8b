import type { Command } from 'commander';
import type { LiveState } from '../../../shared/live.ts';
import type { RuleView } from '../../../shared/rules.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import { sentenceOf } from '../rule-lines.ts';
import { ruleFrom, type RuleOptions } from '../rule-options.ts';
import type { Session } from '../session.ts';
import { addRuleFileCommands } from './rules-file.ts';
import { addRuleHistoryCommands } from './rules-history.ts';
import { addProposalCommands } from './rules-proposals.ts';

const again = (value: string, all: readonly string[] = []): string[] => [...all, value];
/** A replay of 10,000 calls gives way to all that the host does meanwhile. */
const REPLAY_MS = 120_000;

/** `rules …`. */
export function addRuleCommands(program: Command, action: ActionOf): void {
  const rules = program.command('rules').description('the decisions that are kept');
  rules
    .command('list', { isDefault: true })
    .description('list the rules, a sentence each')
    .action(action((session) => session.withHost(async ({ state }) => listRules(session, state))));
  withRuleOptions(rules.command('add').description('add a rule; what is not named matches anything'))
    .requiredOption('--effect <effect>', 'allow, ask, ask-and-review or deny')
    .action(
      action((session, options: RuleOptions) =>
        session.withHost(async ({ client, state }) => {
          const rule = await client.rules.add(ruleFrom(options, state));
          session.give(rule);
          session.say(`${rule.id}  ${sentenceOf(rule, state)}`);
        }),
      ),
    );
  rules
    .command('remove')
    .description('remove a rule; what it decided is asked about again')
    .argument('<id>', 'the id of the rule, or the beginning of it')
    .action(
      action((session, id: string) =>
        session.withHost(async ({ client, state }) => {
          const rule = findRule(id, state);
          await client.rules.remove({ id: rule.id });
          session.give({ id: rule.id, removed: true });
          session.say(`Rule ${visible(rule.id)} is removed.`);
        }),
      ),
    );
  withRuleOptions(
    rules
      .command('replay')
      .description('say what a rule would have made of the calls on record; adds nothing'),
  )
    .requiredOption('--effect <effect>', 'allow, ask, ask-and-review or deny')
    .option('--in-place-of <id>', 'the rule that it would replace')
    .action(
      action((session, options: RuleOptions & { readonly inPlaceOf?: string }) =>
        session.withHost(
          async ({ client, state }) => {
            const rule = ruleFrom(options, state);
            const old = options.inPlaceOf === undefined ? null : findRule(options.inPlaceOf, state);
            const replay = await client.rules.replay({
              rule,
              ...(old === null ? {} : { inPlaceOf: old.id }),
            });
            session.give(replay);
            session.say(sentenceOf(rule, state));
            session.say(replay.sentence);
            const since =
              replay.since === null ? '' : `, since ${new Date(replay.since).toLocaleString('en-GB')}`;
            session.say(`Calls looked at: ${replay.calls}${since}.`);
            for (const { id, was, would } of replay.differing) session.say(`  ${id}  ${was} → ${would}`);
          },
          { deadlineMs: REPLAY_MS },
        ),
      ),
    );
  addRuleFileCommands(rules, action);
  addRuleHistoryCommands(rules, action);
  addProposalCommands(rules, action);
}

const withRuleOptions = (command: Command): Command =>
  command
    .option('--peer <peer>', 'calls of this peer only')
    .option('--trust <trust>', 'calls of peers of this trust only: unknown, known or trusted')
    .option('--agent <name>', 'this agent only')
    .option('--tool <name>', 'this tool only')
    .option(
      '--where <kind:place=value>',
      'an argument must be so, such as path:/path=/home/me/**; may be given several times',
      again,
    )
    .option('--limit <what=amount/span>', 'such as calls=100/hour; may be given several times', again)
    .option('--hours <hours>', 'only then, such as "mon-fri 09:00-17:00"')
    .option('--expires <when>', 'a duration such as 30d, or a day such as 2026-12-03')
    .option('--until-quit', 'gone when the host stops');

/** @throws {CliError} NOT_FOUND, or USAGE where more than one begins so */
export function findRule(id: string, state: LiveState): RuleView {
  const exact = Object.hasOwn(state.rules, id) ? state.rules[id] : undefined;
  if (exact !== undefined) return exact;
  const [only, another] = Object.values(state.rules).filter((rule) => rule.id.startsWith(id));
  if (only === undefined) {
    throw new CliError(
      'NOT_FOUND',
      ExitCode.failed,
      `There is no rule ${JSON.stringify(id)}. See "gatehouse rules".`,
    );
  }
  if (another !== undefined)
    throw usageError(`More than one rule begins with ${JSON.stringify(id)}. Give more of it.`);
  return only;
}

function listRules(session: Session, state: LiveState): void {
  const rules = Object.values(state.rules).toSorted((one, other) => one.createdAt - other.createdAt);
  session.give(rules);
  if (rules.length === 0) session.say('No rules: every call of a contact is asked about.');
  for (const rule of rules) {
    session.say(`${visible(rule.id)}  ${sentenceOf(rule, state)}`);
    session.say(`${''.padEnd(rule.id.length)}  ${usesText(rule)}`);
  }
}

function usesText(rule: RuleView): string {
  const { uses, lastUsedAt, used, suspended } = rule;
  const last = lastUsedAt === null ? '' : `, last ${formatSpan(Date.now() - lastUsedAt)} ago`;
  return [
    `Used ${uses === 1 ? 'once' : `${uses} times`} since the host started${last}.`,
    ...(used === null
      ? []
      : [`Calls in the last hour ${used.hour.calls}, in the last day ${used.day.calls}.`]),
    ...(suspended ? ['On hold: its tool is not the one it was made for, so you are asked.'] : []),
  ].join(' ');
}
