import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  CompareRequest,
  Way,
  type CompareMessage,
  type Comparison,
  type WayResult,
} from '../../../shared/compare.ts';
import { waysAsCsv } from '../../../shared/compare-csv.ts';
import type { PeerId } from '../../../shared/ids.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import type { Connection } from '../client.ts';
import { findPeer } from '../find-peer.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { numberBetween } from './number-option.ts';
import { agentName, readArguments } from './tools.ts';
import { peerArgument } from './peers.ts';

interface CompareOptions {
  readonly agent?: string;
  readonly tool?: string;
  readonly args: string;
  readonly calls: number;
  readonly concurrency: number;
  readonly bytes: number;
  readonly ways?: string;
  readonly past?: boolean;
  readonly days: number;
  readonly csv?: string;
}

/** What each way is called in a row. */
const WORDS: Record<Way, string> = {
  tcp: 'TCP',
  quic: 'QUIC',
  ws: 'libp2p WebSocket',
  webrtc: 'WebRTC, punched',
  relay: 'relay',
  websocket: 'WebSocket',
  legacy: 'legacy (Dawn)',
};

/** `compare`. */
export function addCompareCommand(program: Command, action: ActionOf): void {
  program
    .command('compare')
    .description(
      'measure the same calls to a contact over each way there is, in turns; or what past calls took',
    )
    .argument('[peer]', `${peerArgument}; with --past it may be left out`)
    .option('--agent <name>', 'an agent of the peer, to call a tool of it; else lines are sent back')
    .option('--tool <name>', 'the tool to call; each call is made, and asks whoever is to be asked')
    .option('--args <json>', 'its arguments as a JSON object; "-" reads them from standard input', '{}')
    .option(
      '--calls <n>',
      'how many calls over each way',
      numberBetween(1, 10_000, 'The number of calls'),
      100,
    )
    .option('--concurrency <n>', 'how many of them at once', numberBetween(1, 256, 'How many at once,'), 1)
    .option(
      '--bytes <n>',
      'length of a line, where no tool is called',
      numberBetween(16, 1_048_576, 'The length of a line'),
      1024,
    )
    .option('--ways <list>', `only these ways: ${Way.options.join(', ')}`)
    .option('--past', 'measure nothing; say what calls took that were made anyway')
    .option('--days <n>', 'with --past: of how many days', numberBetween(1, 365, 'The number of days'), 30)
    .option('--csv <file>', 'also write the figures as CSV, one line a way')
    .action(
      action(async (session, peer: string | undefined, options: CompareOptions) => {
        if (options.past === true) return await past(session, peer, options);
        if (peer === undefined) throw usageError('Name the peer to compare the ways to.');
        return await compare(session, peer, options);
      }),
    );
}

async function compare(session: Session, peer: string, options: CompareOptions): Promise<ExitCode> {
  const target = await targetOf(session, options);
  const ways = waysOf(options.ways);
  return await session.withHost(
    async (connection) => {
      const { peerId } = findPeer(peer, connection.state.peers);
      const { calls, concurrency, bytes } = options;
      const request = CompareRequest.parse({ peerId, target, calls, concurrency, bytes, ways });
      const comparison = await follow(session, connection, request);
      session.give(comparison);
      const who = peerLabel(connection.state.peers[peerId], peerId);
      const what =
        target === null ? `lines of ${bytes} bytes` : `${visible(target.agent)}/${visible(target.tool)}`;
      session.say(`${calls} × ${what} over each way to ${who}, ${concurrency} at once:`);
      showWays(session, comparison.ways, 'There is no way to measure.');
      sayWhatWasLess(session, comparison);
      await writeCsv(session, options, comparison.ways);
      return comparison.ways.some((way) => way.calls > way.failures) ? ExitCode.fine : ExitCode.unreachable;
    },
    { deadlineMs: null },
  );
}

async function past(session: Session, peer: string | undefined, options: CompareOptions): Promise<ExitCode> {
  return await session.withHost(async ({ client, state }) => {
    const peerId: PeerId | undefined = peer === undefined ? undefined : findPeer(peer, state.peers).peerId;
    const found = await client.comparing.past({
      days: options.days,
      ...(peerId === undefined ? {} : { peerId }),
    });
    session.give(found);
    const who = peerId === undefined ? '' : ` to ${peerLabel(state.peers[peerId], peerId)}`;
    session.say(`Calls${who} of the last ${options.days} days, without what a person took to decide:`);
    showWays(session, found.ways, 'No calls went out in this time.');
    await writeCsv(session, options, found.ways);
    return ExitCode.fine;
  });
}

async function targetOf(session: Session, options: CompareOptions): Promise<CompareRequest['target']> {
  const { agent, tool } = options;
  if (agent === undefined && tool === undefined) return null;
  if (agent === undefined || tool === undefined) throw usageError('Give --agent and --tool together.');
  return { agent: agentName(agent), tool, arguments: await readArguments(session, options.args) };
}

function waysOf(list: string | undefined): Way[] | null {
  if (list === undefined) return null;
  const named = list.split(/[\s,]+/).filter((word) => word !== '');
  const ways = named.map((word) => Way.safeParse(word));
  const known = ways.flatMap(({ data }) => data ?? []);
  if (known.length === 0 || known.length < named.length) {
    throw usageError(`--ways takes ${Way.options.join(', ')}, with commas between.`);
  }
  return known;
}

/** Follows a comparison to its end. The connection closes when the person interrupts, which ends it at the host. */
async function follow(
  session: Session,
  { client }: Connection,
  request: CompareRequest,
): Promise<Comparison> {
  const { terminal } = session;
  const isShown = terminal.interactive && terminal.columns !== null && !session.json;
  const messages = await client.comparing.run(request);
  try {
    for await (const message of messages) {
      if (message.type === 'done') return message.comparison;
      if (isShown) terminal.err(`\r\u001b[K${progress(message)}`);
    }
  } finally {
    if (isShown) terminal.err('\r\u001b[K');
  }
  throw new CliError('UNAVAILABLE', ExitCode.unreachable, 'The host ended the comparison.');
}

function progress({ done, total, ways }: Extract<CompareMessage, { type: 'progress' }>): string {
  const open = ways.filter(({ address }) => address !== null).map(({ way }) => way);
  return `${done} of ${total} calls${open.length === 0 ? '' : ` over ${open.join(', ')}`} …`;
}

function showWays(session: Session, ways: readonly WayResult[], empty: string): void {
  const measured = ways.filter(({ unavailable }) => unavailable === null);
  session.columns(
    ['WAY', 'P50 MS', 'P95 MS', 'P99 MS', 'CALLS/S', 'MIB/S', 'CPU S', 'CALLS', 'FAILED', 'ADDRESS'],
    measured.map((way) => [
      WORDS[way.way],
      figure(way.p50, 2),
      figure(way.p95, 2),
      figure(way.p99, 2),
      figure(way.callsPerSecond, 0),
      figure(way.mibPerSecond, 2),
      figure(way.cpuSeconds, 2),
      String(way.calls),
      String(way.failures),
      visible(way.address ?? '-'),
    ]),
    empty,
  );
  for (const { way, failure } of measured) {
    if (failure !== null) session.say(`${WORDS[way]} failed at first with: ${visible(failure)}`);
  }
  for (const { way, unavailable } of ways) {
    if (unavailable !== null) session.say(`${WORDS[way]} was not measured: ${visible(unavailable)}`);
  }
}

/** Rates of different numbers at once tell nothing of each other. */
function sayWhatWasLess(session: Session, { request, ways }: Comparison): void {
  const asked = Math.min(request.concurrency, request.calls);
  for (const { way, concurrency } of ways) {
    if (concurrency !== null && concurrency < asked)
      session.say(
        `${WORDS[way]} had ${concurrency} calls under way at once, and not ${asked}: it takes no more.`,
      );
  }
}

const figure = (value: number | null, digits: number): string =>
  value === null ? '-' : value.toFixed(digits);

async function writeCsv(
  session: Session,
  { csv }: CompareOptions,
  ways: readonly WayResult[],
): Promise<void> {
  if (csv === undefined) return;
  const file = resolve(csv);
  await writeFile(file, waysAsCsv(ways));
  session.say(`Written to ${visible(file)}.`);
}
