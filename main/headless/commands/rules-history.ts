import type { Command } from 'commander';
import type { RulesVersion } from '../../../shared/rules.ts';
import { CliError, ExitCode } from '../cli-error.ts';
import type { ActionOf } from '../program.ts';
import { changeLines } from '../rule-lines.ts';
import { numberBetween } from './number-option.ts';

const BY: Readonly<Record<RulesVersion['by'], string>> = {
  answer: 'by an answer to a question',
  person: 'by you',
  import: 'by an import',
  restore: 'by going back to an earlier version',
  'peer-forgotten': 'since a peer was forgotten or blocked',
  'agent-replaced': 'since an agent was replaced or removed',
  expired: 'since their time was over',
};

/** `rules history`, `rules undo`, `rules restore`. */
export function addRuleHistoryCommands(rules: Command, action: ActionOf): void {
  rules
    .command('history')
    .description('list the changes of the rules, the newest first')
    .option('-n, --limit <number>', 'how many, 200 at most', numberBetween(1, 200, 'How many'), 20)
    .action(
      action((session, { limit }: { readonly limit: number }) =>
        session.withHost(async ({ client, state }) => {
          const steps = await client.rules.history({ limit });
          session.give(steps.map((step) => ({ id: step.version, ...step })));
          if (steps.length === 0) session.say('The rules have not changed yet.');
          for (const step of steps) {
            session.say(`${step.version}  ${new Date(step.at).toLocaleString('en-GB')}  ${BY[step.by]}`);
            for (const line of changeLines(step, state)) session.say(line);
          }
        }),
      ),
    );
  rules
    .command('undo')
    .description('take the last change of the rules back; what expired stays so')
    .action(
      action((session) =>
        session.withHost(async ({ client, state }) => {
          const steps = await client.rules.history({ limit: 200 });
          const last = steps.find(({ by }) => by !== 'expired');
          const newest = steps[0];
          if (last === undefined || newest === undefined) {
            throw new CliError('NOT_FOUND', ExitCode.failed, 'There is no change to take back.');
          }
          await client.rules.restore({ version: last.version - 1, from: newest.version });
          session.give({ undone: last.version });
          session.say(`Taken back: what was changed ${BY[last.by]}.`);
          for (const line of changeLines(last, state)) session.say(line);
        }),
      ),
    );
  rules
    .command('restore')
    .description('make the rules what they were after a version; 0 for none')
    .argument('<version>', 'its number in the history', numberBetween(0, 999_999_999, 'A version'))
    .action(
      action((session, version: number) =>
        session.withHost(async ({ client }) => {
          const [newest] = await client.rules.history({ limit: 1 });
          await client.rules.restore({ version, from: newest?.version ?? 0 });
          session.give({ restored: version });
          session.say(
            `The rules are those of version ${version} again. "gatehouse rules undo" takes it back.`,
          );
        }),
      ),
    );
}
