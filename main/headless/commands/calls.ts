import type { Command } from 'commander';
import type { CallView } from '../../../shared/calls.ts';
import { CallId } from '../../../shared/ids.ts';
import type { PeerView } from '../../../shared/peers.ts';
import { usageError } from '../cli-error.ts';
import type { Connection } from '../client.ts';
import { findPeer } from '../find-peer.ts';
import { jsonLine } from '../../../shared/json-line.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

interface CallsOptions {
  readonly follow?: boolean;
  readonly limit: string;
  readonly peer?: string;
  readonly text?: string;
}

const HEADER = ['ID', 'TIME', 'DIR', 'PEER', 'AGENT', 'TOOL', 'STATUS', 'DECISION', 'WAIT', 'RUN', 'SIZE'];
type Peers = Readonly<Record<string, PeerView>>;

/** `calls` and `redeem`. */
export function addCallCommands(program: Command, action: ActionOf): void {
  program
    .command('calls')
    .description('list the calls on record, the newest first; or follow them')
    .option(
      '-f, --follow',
      'print each call as it comes and as it ends, until Ctrl+C; with --json, one object a line',
    )
    .option('-n, --limit <number>', 'how many to list, 1000 at most', '50')
    .option('--peer <peer>', 'only calls from and to this peer')
    .option('--text <text>', 'only calls whose agent, tool, error or peer holds this')
    .action(
      action(async (session, options: CallsOptions) => {
        const limit = Number(options.limit);
        if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
          throw usageError('--limit is a number from 1 to 1000.');
        if (options.follow === true)
          return await session.withHost((connection) => follow(session, connection, options), {
            deadlineMs: null,
          });
        return await session.withHost(async ({ client, state }) => {
          const calls = await client.calls.page({
            limit,
            ...(options.peer === undefined ? {} : { peerId: findPeer(options.peer, state.peers).peerId }),
            ...(options.text === undefined ? {} : { text: options.text }),
          });
          session.give(calls);
          session.columns(
            HEADER,
            calls.map((call) => cells(call, state.peers)),
            'No calls yet.',
          );
        });
      }),
    );
  program
    .command('redeem')
    .description(
      'ask a peer what came of a call of yours whose answer was lost with the link, and put it into its record',
    )
    .argument('<call>', 'the number of the call, as "calls" lists it')
    .action(
      action((session, given: string) => {
        const id = CallId.safeParse(Number(given));
        if (!id.success) throw usageError('Give the number of a call, as "gatehouse calls" lists it.');
        return session.withHost(
          async ({ client, state }) => {
            const call = await client.calls.redeem({ id: id.data });
            session.give(call);
            session.columns(HEADER, [cells(call, state.peers)], '');
          },
          { deadlineMs: null },
        );
      }),
    );
}

/** Prints what happens to calls from now on, oldest first. */
async function follow(session: Session, { client, state }: Connection, options: CallsOptions): Promise<void> {
  const only = options.peer === undefined ? null : findPeer(options.peer, state.peers).peerId;
  const wanted = (call: CallView): boolean =>
    (only === null || call.peerId === only) &&
    (options.text === undefined || `${call.agent} ${call.tool} ${call.error ?? ''}`.includes(options.text));
  const peers: Record<string, PeerView> = { ...state.peers };
  // What was last said of each call that goes on; those that ended are forgotten.
  const said = new Map<number, CallView['status']>();
  const print = (call: CallView): void => {
    if (!wanted(call) || said.get(call.id) === call.status) return;
    if (isOver(call)) said.delete(call.id);
    else said.set(call.id, call.status);
    session.terminal.out(session.json ? `${jsonLine(call)}\n` : `${cells(call, peers).join('  ')}\n`);
  };
  for await (const message of await client.live.watch({})) {
    if (message.type === 'snapshot') {
      for (const call of Object.values(message.state.calls)) if (!isOver(call)) print(call);
    } else {
      for (const change of message.changes) {
        if (change.of === 'peers' && change.value !== null) peers[change.id] = change.value;
        if (change.of === 'calls' && change.value !== null) print(change.value);
      }
      if (message.droppedCalls > 0) {
        session.terminal.err(
          `${message.droppedCalls} calls came too fast to be shown; "gatehouse calls" has them.\n`,
        );
      }
    }
    await client.live.ack({ watch: message.watch, seq: message.seq });
  }
}

const isOver = (call: CallView): boolean =>
  !['received', 'waiting', 'running', 'reviewing'].includes(call.status);

function cells(call: CallView, peers: Peers): string[] {
  return [
    String(call.id),
    new Date(call.at).toISOString().replace('T', ' ').slice(0, 19),
    call.direction,
    peerLabel(peers[call.peerId], call.peerId),
    visible(call.agent),
    visible(call.tool),
    statusOf(call),
    decision(call),
    call.waitMs === 0 ? '-' : milliseconds(call.waitMs),
    call.runMs === null ? '-' : milliseconds(call.runMs),
    `${call.requestBytes}/${call.responseBytes} B`,
  ];
}

function statusOf({ status, toolError, changed, redeemable, direction }: CallView): string {
  const more = [
    toolError ? 'tool error' : null,
    changed === 'no' ? null : `${changed === 'both' ? 'arguments and result' : changed} changed`,
    redeemable ? (direction === 'out' ? 'redeemable' : 'caller away') : null,
  ].filter((part) => part !== null);
  return [status, ...more].join(', ');
}

function decision({ decision: made, error }: CallView): string {
  const said = made === null ? '-' : `${made.effect} by ${made.by}`;
  return error === null ? said : `${said}: ${visible(error)}`;
}

const milliseconds = (ms: number): string => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);
