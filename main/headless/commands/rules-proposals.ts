import type { Command } from 'commander';
import type { Proposal } from '../../../shared/rules.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import type { ActionOf } from '../program.ts';
import { sentenceOf } from '../rule-lines.ts';

/** Past calls are looked at for each of them. */
const DEADLINE_MS = 300_000;

/** `rules proposals`, with `accept` and `dismiss`. */
export function addProposalCommands(rules: Command, action: ActionOf): void {
  const proposals = rules
    .command('proposals')
    .description('rules that your own answers speak for: narrow ones, that expire');
  proposals
    .command('list', { isDefault: true })
    .description('list them, the best founded first')
    .action(
      action((session) =>
        session.withHost(
          async ({ client, state }) => {
            const found = await client.rules.proposals();
            session.give(found);
            if (found.length === 0) session.say('No rules are proposed.');
            for (const { id, rule, approvals, replay } of found) {
              session.say(`${id.slice(0, 8)}  ${sentenceOf(rule, state)}`);
              session.say(`          You allowed ${approvals} calls like this. ${replay.sentence}`);
            }
          },
          { deadlineMs: DEADLINE_MS },
        ),
      ),
    );
  proposals
    .command('accept')
    .description('make it a rule')
    .argument('<id>', 'its id, or the beginning of it')
    .action(
      action((session, id: string) =>
        session.withHost(
          async ({ client, state }) => {
            const proposal = findProposal(id, await client.rules.proposals());
            const rule = await client.rules.add(proposal.rule);
            session.give(rule);
            session.say(`${rule.id}  ${sentenceOf(rule, state)}`);
          },
          { deadlineMs: DEADLINE_MS },
        ),
      ),
    );
  proposals
    .command('dismiss')
    .description('do not propose it again, unless your answers change')
    .argument('<id>', 'its id, or the beginning of it')
    .action(
      action((session, id: string) =>
        session.withHost(
          async ({ client }) => {
            const proposal = findProposal(id, await client.rules.proposals());
            await client.rules.dismissProposal({ id: proposal.id });
            session.give({ id: proposal.id, dismissed: true });
            session.say('It is not proposed again.');
          },
          { deadlineMs: DEADLINE_MS },
        ),
      ),
    );
}

function findProposal(id: string, proposals: readonly Proposal[]): Proposal {
  const [only, another] = proposals.filter((proposal) => proposal.id.startsWith(id));
  if (only === undefined) {
    throw new CliError(
      'NOT_FOUND',
      ExitCode.failed,
      `There is no proposal ${JSON.stringify(id)}. See "gatehouse rules proposals".`,
    );
  }
  if (another !== undefined)
    throw usageError(`More than one proposal begins with ${JSON.stringify(id)}. Give more of it.`);
  return only;
}
