import type { Command } from 'commander';
import type { PeerView } from '../../../shared/peers.ts';
import { Capability, RegistryQuery, SeenAgent } from '../../../shared/registry.ts';
import { usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

/** How long looking up may take, in milliseconds. The host has a deadline of its own within it. */
const ASK_MS = 30_000;
/** Tools that are named in the table; `--json` has all. */
const SHOWN_TOOLS = 4;

interface FindOptions {
  readonly tool?: string;
  readonly tag?: string;
  readonly source?: string;
  readonly limit?: string;
  readonly ask?: boolean;
}

/** `find`. */
export function addFindCommand(program: Command, action: ActionOf): void {
  program
    .command('find')
    .description('find agents: own ones, those of contacts, and those announced on the network')
    .argument('[words...]', 'words that its name, description, tools or tags must hold')
    .option('--tool <name>', 'the exact name of a tool')
    .option('--tag <tag>', 'an exact tag')
    .option('--source <source>', `whose it is: ${SeenAgent.shape.source.options.join(', ')}`)
    .option('--limit <n>', 'at most so many', '200')
    .option('--ask', 'ask the distributed table who offers the tool or tag, and those for their cards')
    .action(
      action((session, words: string[], options: FindOptions) =>
        session.withHost(
          async ({ client, state }) => {
            const found =
              options.ask === true
                ? await client.registry.lookUp({ capability: capabilityOf(words, options) })
                : await client.registry.search(queryOf(words, options));
            show(session, found, state.peers);
          },
          { deadlineMs: ASK_MS },
        ),
      ),
    );
}

function queryOf(words: readonly string[], options: FindOptions): RegistryQuery {
  const text = words.join(' ');
  const query = RegistryQuery.safeParse({
    ...(text === '' ? {} : { text }),
    tool: options.tool,
    tag: options.tag,
    source: options.source,
    limit: Number(options.limit),
  });
  if (query.success) return query.data;
  const [at] = query.error.issues[0]?.path ?? [];
  throw usageError(
    at === 'source'
      ? `--source is one of ${SeenAgent.shape.source.options.join(', ')}.`
      : at === 'limit'
        ? '--limit is a number from 1 to 1000.'
        : `The ${typeof at === 'string' ? at : 'query'} is too long.`,
  );
}

function capabilityOf(words: readonly string[], { tool, tag }: FindOptions): Capability {
  const wanted = [
    ...(tool === undefined ? [] : [{ kind: 'tool', name: tool }]),
    ...(tag === undefined ? [] : [{ kind: 'tag', name: tag }]),
  ];
  const capability = Capability.safeParse(wanted[0]);
  if (wanted.length !== 1 || words.length > 0 || !capability.success) {
    throw usageError('With --ask give either --tool NAME or --tag TAG, and nothing else.');
  }
  return capability.data;
}

function show(
  session: Session,
  found: readonly SeenAgent[],
  peers: Readonly<Record<string, PeerView>>,
): void {
  session.give(found.map((agent) => ({ id: `${agent.peerId}/${agent.agent}`, ...agent })));
  session.columns(
    ['AGENT', 'WHOSE', 'TOOLS', 'TAGS', 'VERIFIED', 'SEEN', 'PEER ID'],
    found.map((agent) => [
      visible(agent.agent),
      agent.source === 'own' ? 'this machine' : peerLabel(peers[agent.peerId], agent.peerId),
      toolsOf(agent.tools),
      visible(agent.tags.join(' ')) || '-',
      agent.verified,
      `${formatSpan(Math.max(0, Date.now() - agent.seenAt))} ago`,
      agent.peerId,
    ]),
    'No such agent is known. "gatehouse find --ask --tool NAME" asks the network.',
  );
}

function toolsOf(tools: readonly string[]): string {
  const more = tools.length - SHOWN_TOOLS;
  const shown = visible(tools.slice(0, SHOWN_TOOLS).join(' '));
  return more > 0 ? `${shown} +${more}` : shown || '-';
}
