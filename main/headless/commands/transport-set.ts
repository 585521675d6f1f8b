import type { PeerView } from '../../../shared/peers.ts';
import {
  chosenTransports,
  TransportChoice,
  type TransportName,
  type TransportView,
} from '../../../shared/transports.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import type { Connection } from '../client.ts';
import { findPeer } from '../find-peer.ts';
import { peerLabel, visible } from '../names.ts';
import type { Session } from '../session.ts';
import { transportWords } from '../transport-words.ts';
import { watchState } from '../watch-state.ts';
import { withId } from './peers.ts';

/** The host gives calls that are under way 10 minutes to end, in milliseconds, and some more to begin. */
const SWITCH_MS = 11 * 60_000;

export interface SetOptions {
  readonly peer?: string;
  readonly default?: boolean;
}

/** `transport set`. */
export async function setTransport(
  session: Session,
  given: string | undefined,
  options: SetOptions,
): Promise<void> {
  const choice = parsed(given, options);
  const { peer: name } = options;
  await session.withHost(
    (connection) =>
      name === undefined
        ? forAll(session, connection, choice ?? 'both')
        : forOne(session, connection, findPeer(name, connection.state.peers), choice),
    { deadlineMs: SWITCH_MS },
  );
}

/** Null: as for all others. */
function parsed(given: string | undefined, options: SetOptions): TransportChoice | null {
  if (options.default === true) {
    if (options.peer === undefined) throw usageError('--default goes with --peer.');
    if (given !== undefined) throw usageError('Give a transport or --default, and not both.');
    return null;
  }
  const choice = TransportChoice.safeParse(given?.toLowerCase());
  if (!choice.success) throw usageError('The transport is one of libp2p, websocket, both.');
  return choice.data;
}

async function forAll(session: Session, connection: Connection, choice: TransportChoice): Promise<void> {
  const { client, lost } = connection;
  await client.settings.set({ transport: choice });
  const transports = await settled(session, connection, choice);
  session.give({ transport: choice, transports });
  const failed = transports.find(({ name, state }) => isChosen(choice, name) && state === 'failed');
  if (failed !== undefined && !lost.aborted) {
    throw new CliError(
      'UNAVAILABLE',
      ExitCode.unreachable,
      `${transportWords[failed.name]} could not be started: ${visible(failed.error ?? 'it did not say why.')}`,
    );
  }
  session.say(`From now on ${inWords(choice)}. Links, contacts and rules are as they were.`);
}

/** Waits until what runs is what was chosen, and says once what it waits for. */
async function settled(
  session: Session,
  { client }: Connection,
  choice: TransportChoice,
): Promise<TransportView[]> {
  const said = new Set<TransportName>();
  for await (const { host } of watchState(client, session.terminal.interrupted)) {
    // Nothing of it runs: what ran before goes on.
    const chosen = host.transports.filter(({ name }) => isChosen(choice, name));
    if (chosen.every(({ state }) => state === 'failed')) return host.transports;
    const waits = host.transports.filter(({ name, state }) =>
      isChosen(choice, name)
        ? state !== 'running' && state !== 'failed'
        : state !== 'off' && state !== 'failed',
    );
    if (waits.length === 0) return host.transports;
    for (const { name, state, busy } of waits) {
      if (state !== 'draining' || busy === 0 || said.has(name)) continue;
      said.add(name);
      const calls = busy === 1 ? 'the calls of one agent' : `the calls of ${busy} agents`;
      session.terminal.err(
        `${transportWords[name]} takes nothing new, and ends once ${calls} under way over it have ended, or after 10 minutes.\n`,
      );
    }
  }
  throw new CliError('UNAVAILABLE', ExitCode.unreachable, 'The host stopped before the switch was done.');
}

async function forOne(
  session: Session,
  { client, state }: Connection,
  peer: PeerView,
  choice: TransportChoice | null,
): Promise<void> {
  const label = peerLabel(peer, peer.peerId);
  await client.peers.setTransport({ peerId: peer.peerId, transport: choice });
  const allowed = choice ?? state.settings.transport;
  const running = chosenTransports(state.settings.transport);
  for await (const { peers } of watchState(client, session.terminal.interrupted)) {
    const now = peers[peer.peerId];
    if (now === undefined) break;
    // What is no longer wanted is emptied first.
    if (!now.links.every(({ transport }) => isChosen(allowed, nameOf(transport)))) continue;
    session.give(withId(now));
    session.say(`${label}: from now on ${choice === null ? 'as for all others' : inWords(choice)}.`);
    break;
  }
  if (chosenTransports(allowed).every((name) => !running.includes(name)))
    session.terminal.err(
      `For ${label} ${inWords(allowed)}, but only ${running.map((name) => transportWords[name]).join(' and ')} runs here, so it cannot be reached. "gatehouse transport set both" starts the other one.\n`,
    );
}

const nameOf = (transport: PeerView['links'][number]['transport']): TransportName =>
  transport === 'websocket' ? 'websocket' : 'libp2p';

const isChosen = (choice: TransportChoice, name: TransportName): boolean =>
  chosenTransports(choice).includes(name);

function inWords(choice: TransportChoice): string {
  switch (choice) {
    case 'libp2p':
      return 'calls go over libp2p only';
    case 'websocket':
      return 'calls go over WebSocket only';
    case 'both':
      return 'calls go over libp2p, and over WebSocket where that fails';
  }
}
