import type { Command } from 'commander';
import type { RuleView } from '../../../shared/gate.ts';
import type { LiveState } from '../../../shared/live.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

/** `rules list|remove`. */
export function addRuleCommands(program: Command, action: ActionOf): void {
  const rules = program.command('rules').description('the decisions that are kept');
  rules
    .command('list', { isDefault: true })
    .description('list the rules')
    .action(action((session) => session.withHost(async ({ state }) => listRules(session, state))));
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
          session.say(`Rule ${rule.id} is removed.`);
        }),
      ),
    );
}

function findRule(id: string, state: LiveState): RuleView {
  const exact = state.rules[id];
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
  session.columns(
    ['ID', 'EFFECT', 'PEER', 'AGENT', 'TOOL', 'ENDS', 'USES'],
    rules.map((rule) => [
      rule.id,
      rule.effect,
      rule.peerId === null ? 'any' : peerLabel(state.peers[rule.peerId], rule.peerId),
      rule.agent ?? 'any',
      rule.tool === null ? 'any' : visible(rule.tool),
      ends(rule),
      String(rule.uses),
    ]),
    'No rules: every call of a contact is asked about.',
  );
}

function ends(rule: RuleView): string {
  if (rule.untilQuit) return 'with the host';
  return rule.expiresAt === null ? 'never' : `in ${formatSpan(rule.expiresAt - Date.now())}`;
}
