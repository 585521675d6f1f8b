import type { Command } from 'commander';
import { AgentName, CallId, PeerId } from '../../../shared/ids.ts';
import type { LiveState } from '../../../shared/live.ts';
import type { Explanation } from '../../../shared/rules.ts';
import { usageError } from '../cli-error.ts';
import type { Connection } from '../client.ts';
import { findPeer } from '../find-peer.ts';
import { visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import { sentenceOf } from '../rule-lines.ts';
import { timeOf } from '../rule-options.ts';
import type { Session } from '../session.ts';
import { readArguments } from './tools.ts';

interface ExplainOptions {
  readonly at?: string;
}

const MARKS: Readonly<Record<Explanation['rules'][number]['outcome'], string>> = {
  decides: '*',
  'less-specific': ' ',
  'does-not-match': ' ',
  expired: ' ',
  'outside-hours': ' ',
  'used-up': '*',
};

/** `explain`. */
export function addExplainCommand(program: Command, action: ActionOf): void {
  program
    .command('explain')
    .description('say what would be decided on a call, real or imagined, and why; nothing is called')
    .argument('<peer-or-call>', 'the peer that would call, or the number of a call on record')
    .argument('[agent]', 'your agent')
    .argument('[tool]', 'its tool')
    .argument('[json]', 'the arguments as JSON; - for standard input', '{}')
    .option('--at <time>', 'at another time than now, such as 2026-12-03T14:00')
    .action(
      action(
        async (
          session,
          first: string,
          agent: string | undefined,
          tool: string | undefined,
          json: string,
          options: ExplainOptions,
        ) => {
          if (agent === undefined)
            return await session.withHost((connection) => ofCall(session, first, connection));
          if (tool === undefined)
            throw usageError('Give the peer, the agent and the tool, or the number of a call.');
          const name = AgentName.safeParse(agent);
          if (!name.success) throw usageError(name.error.issues[0]?.message ?? 'This is no agent.');
          const given = await readArguments(session, json);
          const at = options.at === undefined ? {} : { at: timeOf(options.at) };
          await session.withHost(async ({ client, state }) => {
            const peerId = PeerId.safeParse(first).data ?? findPeer(first, state.peers).peerId;
            const explanation = await client.rules.explain({
              peerId,
              agent: name.data,
              tool,
              arguments: given,
              ...at,
            });
            show(session, explanation, state);
          });
        },
      ),
    );
}

async function ofCall(session: Session, text: string, { client, state }: Connection): Promise<void> {
  const id = CallId.safeParse(Number(text));
  if (!id.success) throw usageError('Give the number of a call, or the peer, the agent and the tool.');
  show(session, await client.rules.explainCall({ id: id.data }), state);
}

function show(session: Session, explanation: Explanation, state: LiveState): void {
  session.give(explanation);
  session.say(`${explanation.effect}: ${visible(explanation.sentence)}`);
  for (const { decided, text } of explanation.steps) session.say(`${decided ? '*' : ' '} ${visible(text)}`);
  if (explanation.rules.length > 0) session.say('Rules on it, the most specific first:');
  for (const { ruleId, outcome, text } of explanation.rules) {
    const rule = state.rules[ruleId];
    const said = rule === undefined ? '' : `${sentenceOf(rule, state)} `;
    session.say(`${MARKS[outcome]} ${visible(ruleId)}  ${said}${visible(text)}`);
  }
}
