import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AgentSource, AgentView } from '../../../shared/agents.ts';
import { AgentName } from '../../../shared/ids.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { snapshot } from '../client.ts';
import type { Connection, HostClient } from '../client.ts';
import { formatSpan } from '../durations.ts';
import { visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { printTools } from './tools.ts';

/** How long an agent may take to start or stop, in milliseconds; the host has a deadline of its own within it. */
const START_MS = 120_000;

/** What is confirmed is shown to its end; no command line is longer, in characters. */
const WHOLE = 32_000_000;

interface AddOptions {
  readonly name: string;
  readonly url?: string;
  readonly description: string;
  readonly tag: string[];
  readonly env: string[];
  readonly header: string[];
  readonly cwd?: string;
  readonly autostart: boolean;
  readonly start: boolean;
  readonly yes?: boolean;
}

/** `agents list|add|announce|unannounce|start|stop|restart|remove|logs|tools`. */
export function addAgentCommands(program: Command, action: ActionOf): void {
  const agents = program.command('agents').description('the MCP servers that this host runs');
  const collect = (value: string, before: string[]): string[] => [...before, value];
  agents
    .command('list', { isDefault: true })
    .description('list the agents')
    .action(
      action((session) =>
        session.withHost(async ({ state }) => listAgents(session, Object.values(state.agents))),
      ),
    );
  agents
    .command('add')
    .description('add an agent: a command after "--", or --url')
    .usage('--name NAME [options] (-- COMMAND ARG… | --url URL)')
    .argument('[command...]', 'the command that starts the MCP server, and its arguments')
    .requiredOption('--name <name>', 'its name here and on the network')
    .option('--url <url>', 'the address of a Streamable HTTP server, instead of a command')
    .option('--description <text>', 'what it is for', '')
    .option('--tag <tag>', 'a tag; may be given again', collect, [])
    .option('--env <NAME=VALUE>', 'an environment variable; may be given again', collect, [])
    .option('--header <NAME: VALUE>', 'an HTTP header; may be given again', collect, [])
    .option('--cwd <dir>', 'its working directory; this one, where left out')
    .option('--no-autostart', 'do not start it with the host')
    .option('--no-start', 'do not start it now')
    .option('-y, --yes', 'confirm the command without being asked')
    .action(action(addAgent));
  agents
    .command('start')
    .description('start an agent, and wait until it runs')
    .argument('<name>')
    .option('-y, --yes', 'confirm its command without being asked, where it is unconfirmed')
    .action(
      action((session, name: string, options: { yes?: boolean }) =>
        session.withHost(
          async (connection) => {
            const agent = agentNamed(name, connection.state.agents);
            if (agent.state === 'unconfirmed')
              await confirm(session, connection.client, agent, options.yes === true);
            await startAndShow(session, connection, agent.name, 'start');
          },
          { deadlineMs: null },
        ),
      ),
    );
  agents
    .command('restart')
    .description('stop an agent and start it again')
    .argument('<name>')
    .action(
      action((session, name: string) =>
        session.withHost(
          (connection) =>
            startAndShow(session, connection, agentNamed(name, connection.state.agents).name, 'restart'),
          { deadlineMs: START_MS },
        ),
      ),
    );
  agents
    .command('stop')
    .description('stop an agent')
    .argument('<name>')
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) => {
          const agent = agentNamed(name, state.agents);
          await client.agents.stop({ name: agent.name });
          session.give({ id: agent.name, state: 'stopped' });
          session.say(`${agent.name} is stopped.`);
        }),
      ),
    );
  agents
    .command('remove')
    .description('stop an agent and forget it')
    .argument('<name>')
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) => {
          const agent = agentNamed(name, state.agents);
          await client.agents.remove({ name: agent.name });
          session.give({ id: agent.name, removed: true });
          session.say(`${agent.name} is removed.`);
        }),
      ),
    );
  for (const announced of [true, false]) {
    agents
      .command(announced ? 'announce' : 'unannounce')
      .description(
        announced
          ? 'tell the whole network that an agent is here; who calls it is still for you to decide'
          : 'tell the network no more that an agent is here; contacts still see it',
      )
      .argument('<name>')
      .action(action((session, name: string) => setAnnounced(session, name, announced)));
  }
  agents
    .command('logs')
    .description('print the last lines an agent wrote')
    .argument('<name>')
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) => {
          const lines = await client.agents.logs({ name: agentNamed(name, state.agents).name });
          session.give(lines.map((line, index) => ({ id: index + 1, ...line })));
          for (const line of lines) {
            session.say(`${new Date(line.at).toISOString()}  ${line.from.padEnd(9)}  ${visible(line.text)}`);
          }
        }),
      ),
    );
  agents
    .command('tools')
    .description('list the tools of an agent of this host')
    .argument('<name>')
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) =>
          printTools(session, await client.agents.tools({ name: agentNamed(name, state.agents).name })),
        ),
      ),
    );
}

async function setAnnounced(session: Session, name: string, announced: boolean): Promise<void> {
  await session.withHost(async ({ client, state }) => {
    const agent = agentNamed(name, state.agents);
    // Values that are not shown here stay as they are stored.
    const { description, tags, source, autostart, bodies } = agent;
    const spec = { name: agent.name, description, tags, source, autostart, announced, bodies };
    await client.agents.edit({ name: agent.name, spec });
    await show(session, client, agent.name, announced ? 'is announced.' : 'is not announced any more.');
  });
}

async function addAgent(session: Session, words: string[], options: AddOptions): Promise<void> {
  const source = sourceOf(words, options);
  const name = AgentName.safeParse(options.name);
  if (!name.success) throw usageError(name.error.issues[0]?.message ?? 'Give the agent a name.');
  const agree = options.yes === true;
  if (!agree) requirePerson(session);
  await session.withHost(
    async (connection) => {
      const { client } = connection;
      await client.agents.add({
        name: name.data,
        description: options.description,
        tags: options.tag,
        source,
        autostart: options.autostart,
      });
      const agent = agentNamed(name.data, (await snapshot(client)).agents);
      try {
        await confirm(session, client, agent, agree);
      } catch (error) {
        await client.agents.remove({ name: agent.name });
        throw error;
      }
      if (options.start) await startAndShow(session, connection, agent.name, 'start');
      else await show(session, client, agent.name, 'is added.');
    },
    { deadlineMs: null },
  );
}

function sourceOf([command, ...args]: string[], options: AddOptions): AgentSource {
  if (options.url !== undefined) {
    if (command !== undefined) throw usageError('Give either a command after "--" or --url, not both.');
    if (options.env.length > 0) throw usageError('--env is for commands; an HTTP agent takes --header.');
    return {
      kind: 'http',
      url: options.url,
      headers: pairs(options.header, /^([^:]+):\s*(.*)$/s, '--header "Name: value"'),
    };
  }
  if (command === undefined)
    throw usageError('Give the command that starts the agent after "--", or its address as --url.');
  if (options.header.length > 0) throw usageError('--header is for --url; a command takes --env.');
  return {
    kind: 'stdio',
    command,
    args,
    env: pairs(options.env, /^([^=]+)=(.*)$/s, '--env NAME=VALUE'),
    // A command typed here means what it means here.
    cwd: resolve(options.cwd ?? '.'),
  };
}

function pairs(values: readonly string[], form: RegExp, example: string): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const [, name, content] = form.exec(value) ?? [];
      if (name === undefined || content === undefined) throw usageError(`Write it as ${example}.`);
      return [name, content];
    }),
  );
}

function agentNamed(name: string, agents: Readonly<Record<string, AgentView>>): AgentView {
  const agent = agents[name];
  if (agent === undefined) {
    throw new CliError(
      'NOT_FOUND',
      ExitCode.failed,
      `There is no agent ${JSON.stringify(name)}. See "gatehouse agents list".`,
    );
  }
  return agent;
}

function requirePerson(session: Session): void {
  if (!session.terminal.interactive) {
    throw usageError('Nobody is here to confirm the command. Look at it, and say --yes.');
  }
}

/** Shows the whole command line, and confirms exactly that once the person agrees. */
async function confirm(
  session: Session,
  client: HostClient,
  agent: AgentView,
  agreed: boolean,
): Promise<void> {
  const does =
    agent.source.kind === 'stdio' ? 'will run on this machine, with your rights' : 'will be called';
  session.terminal.err(`${agent.name} ${does}:\n  ${visible(agent.commandLine, WHOLE)}\n`);
  if (!agreed) {
    requirePerson(session);
    const answer = await session.terminal.ask('Confirm? [y/N] ');
    if (!/^\s*y(es)?\s*$/i.test(answer)) {
      throw new CliError('CANCELLED', ExitCode.failed, 'Not confirmed; nothing runs.');
    }
  }
  await client.agents.confirm({ name: agent.name, sourceDigest: agent.sourceDigest });
}

async function startAndShow(
  session: Session,
  { client }: Connection,
  name: AgentName,
  how: 'start' | 'restart',
): Promise<void> {
  await client.agents[how]({ name });
  const agent = agentNamed(name, (await snapshot(client)).agents);
  if (agent.state !== 'running') {
    const why = agent.detail === null ? '' : ` ${agent.detail}`;
    throw new CliError('UNAVAILABLE', ExitCode.unreachable, `${name} does not run (${agent.state}).${why}`);
  }
  await show(session, client, name, `runs, with ${agent.tools.length} tools.`);
}

async function show(session: Session, client: HostClient, name: AgentName, said: string): Promise<void> {
  if (session.json) session.give(withName(agentNamed(name, (await snapshot(client)).agents)));
  session.say(`${name} ${said}`);
}

const withName = (agent: AgentView): AgentView & { id: string } => ({ id: agent.name, ...agent });

function listAgents(session: Session, agents: readonly AgentView[]): void {
  const sorted = agents.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  session.give(sorted.map(withName));
  session.columns(
    ['NAME', 'STATE', 'SINCE', 'TOOLS', 'CPU', 'MEMORY', 'COMMAND'],
    sorted.map((agent) => [
      agent.name,
      agent.state,
      formatSpan(Date.now() - agent.since),
      String(agent.tools.length),
      agent.cpuPercent === null ? '-' : `${agent.cpuPercent.toFixed(0)} %`,
      agent.memoryBytes === null ? '-' : `${Math.round(agent.memoryBytes / 1_048_576)} MiB`,
      visible(agent.commandLine),
    ]),
    'No agents yet. Add one: gatehouse agents add --name NAME -- COMMAND ARG…',
  );
}
