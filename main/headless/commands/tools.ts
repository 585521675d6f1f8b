import type { Command } from 'commander';
import { z } from 'zod';
import type { Tool } from '../../../shared/agents.ts';
import { AgentName } from '../../../shared/ids.ts';
import { ExitCode, usageError } from '../cli-error.ts';
import { findPeer } from '../find-peer.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { watchForPerson } from '../watch-for-person.ts';
import { peerArgument } from './peers.ts';

/** Longest arguments read from standard input, in bytes: what fits into one message to the peer. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;

/** Longest line of a result that is printed whole, in characters; `--json` prints all. */
const MAX_LINE = 100_000;

/** `tools` and `call`. */
export function addToolCommands(program: Command, action: ActionOf): void {
  program
    .command('tools')
    .description("list the tools of a peer's agent")
    .argument('<peer>', peerArgument)
    .argument('<agent>', 'the name of its agent')
    .action(
      action((session, peer: string, agent: string) =>
        session.withHost(async ({ client, state }) => {
          const { peerId } = findPeer(peer, state.peers);
          printTools(session, await client.tools.list({ peerId, agent: agentName(agent) }));
        }),
      ),
    );
  program
    .command('call')
    .description(
      "call a tool of a peer's agent, and wait for the answer, however long their person takes; over a legacy link you are asked first",
    )
    .argument('<peer>', peerArgument)
    .argument('<agent>', 'the name of its agent')
    .argument('<tool>', 'the name of the tool')
    .argument('[json]', 'the arguments as a JSON object; "-" reads them from standard input', '{}')
    .action(action(call));
}

export function printTools(session: Session, tools: readonly Tool[]): void {
  session.give(tools.map((tool) => ({ id: tool.name, ...tool })));
  session.columns(
    ['TOOL', 'RISK', 'DESCRIPTION'],
    tools.map((tool) => [visible(tool.name), risk(tool), visible(tool.description)]),
    'This agent has no tools.',
  );
}

function risk({ annotations }: Tool): string {
  const stated = annotations.stated ? '' : ' (not stated)';
  if (annotations.readOnly) return `reads${stated}`;
  return `${annotations.destructive ? 'destroys' : 'changes'}${stated}`;
}

/** @throws {CliError} USAGE */
export function agentName(text: string): AgentName {
  const name = AgentName.safeParse(text);
  if (!name.success) throw usageError(name.error.issues[0]?.message ?? 'Give the name of an agent.');
  return name.data;
}

const Arguments = z.record(z.string(), z.unknown());

/** @throws {CliError} USAGE */
export async function readArguments(session: Session, given: string): Promise<Record<string, unknown>> {
  const text = given === '-' ? await session.terminal.readInput(MAX_INPUT_BYTES) : given;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`The arguments are not JSON: ${error instanceof Error ? error.message : 'unreadable'}.`);
  }
  const parsed = Arguments.safeParse(value);
  if (!parsed.success || Array.isArray(value))
    throw usageError('The arguments are a JSON object, such as \'{"message":"hello"}\'.');
  return parsed.data;
}

async function call(
  session: Session,
  peer: string,
  agent: string,
  tool: string,
  given: string,
): Promise<ExitCode> {
  const name = agentName(agent);
  const args = await readArguments(session, given);
  return await session.withHost(
    async ({ client, state }) => {
      const { peerId } = findPeer(peer, state.peers);
      const stopWatching = new AbortController();
      const watching = watchForPerson(
        client,
        { peerId, agent: name, tool, after: state },
        stopWatching.signal,
        (question) => {
          const who = peerLabel(state.peers[peerId], peerId);
          session.terminal.err(
            question === null
              ? `Waiting for the person at ${who} to allow this call. Ctrl+C withdraws it.\n`
              : `Waiting for you to allow this call here, since ${who} is reached over a legacy link, whose answers are not encrypted: "gatehouse approve ${question}", in another terminal. Ctrl+C withdraws it.\n`,
          );
        },
      );
      try {
        const result = await client.tools.call({ peerId, agent: name, tool, arguments: args });
        session.give(result);
        for (const block of result.content ?? []) session.say(blockText(block));
        return result.isError === true ? ExitCode.toolError : ExitCode.fine;
      } finally {
        stopWatching.abort();
        await watching;
      }
    },
    { deadlineMs: null },
  );
}

const TextBlock = z.object({ type: z.literal('text'), text: z.string() });
const OtherBlock = z.object({ type: z.string(), mimeType: z.string().optional() });

/** One block of a result for people. Texts keep their lines; what cannot be printed is named. */
function blockText(block: unknown): string {
  const text = TextBlock.safeParse(block);
  if (text.success)
    return text.data.text
      .split(/\r?\n/)
      .map((line) => visible(line, MAX_LINE))
      .join('\n');
  const other = OtherBlock.safeParse(block);
  if (!other.success) return '[content of an unknown kind; see --json]';
  const type = other.data.mimeType === undefined ? '' : `, ${visible(other.data.mimeType)}`;
  return `[${visible(other.data.type)}${type}; see --json]`;
}
