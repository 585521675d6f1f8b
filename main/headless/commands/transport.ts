import type { Command } from 'commander';
import type { LiveState } from '../../../shared/live.ts';
import { migrationOf, type Migration, type Reach } from '../../../shared/migration.ts';
import type { PeerView } from '../../../shared/peers.ts';
import type { TransportView } from '../../../shared/transports.ts';
import { formatSpan } from '../durations.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { transportWords } from '../transport-words.ts';
import { peerArgument } from './peers.ts';
import { setTransport } from './transport-set.ts';

/** `transport [show|set]`. */
export function addTransportCommands(program: Command, action: ActionOf): void {
  const transport = program
    .command('transport')
    .description('what carries calls: libp2p, WebSocket or both, and who depends on which');
  transport
    .command('show', { isDefault: true })
    .description('say how both transports are, and who depends on WebSocket')
    .action(action((session) => session.withHost(async ({ state }) => show(session, state))));
  transport
    .command('set')
    .description('choose what carries calls, for all peers or for one, and wait until it does')
    .argument('[transport]', 'libp2p, websocket or both')
    .option('--peer <peer>', `for this one only: ${peerArgument}`)
    .option('--default', 'with --peer: as for all others again')
    .action(action(setTransport));
}

function show(session: Session, state: LiveState): void {
  const { host, settings, peers } = state;
  const { transports } = host;
  const migration = migrationOf(Object.values(peers), settings, transports);
  session.give({
    transport: settings.transport,
    decidedBy: host.overrides.transport ?? null,
    transports,
    migration,
  });
  if (session.json) return;
  const by = host.overrides.transport;
  session.say(`Chosen: ${settings.transport}${by === undefined ? '' : ` (by ${by})`}`);
  session.say('');
  session.columns(
    ['TRANSPORT', 'STATE', 'SINCE', 'LINKS', 'ENDING'],
    transports.map(ofTransport),
    'This host does not say how its transports are.',
  );
  for (const { name, error, addresses } of transports) {
    if (error !== null) session.say(`${transportWords[name]}: ${visible(error)}`);
    for (const address of addresses) session.say(`${transportWords[name]} listens at ${visible(address)}`);
  }
  session.say('');
  sayMigration(session, migration, peers);
}

const ofTransport = ({ name, state, since, links, busy }: TransportView): string[] => [
  transportWords[name],
  state,
  state === 'off' ? '-' : formatSpan(Date.now() - since),
  String(links),
  state === 'draining' ? `${busy} with calls` : '-',
];

function sayMigration(session: Session, migration: Migration, peers: LiveState['peers']): void {
  const { contacts, others, breaks, sentence } = migration;
  if (contacts.length + others.length > 0) {
    session.columns(
      ['PEER', 'LIBP2P', 'WEBSOCKET', 'WITHOUT WEBSOCKET'],
      [...contacts, ...others].map(({ peerId, libp2p, websocket, standing }) => [
        labelOf(peers[peerId], peerId),
        reachInWords(libp2p),
        reachInWords(websocket),
        standing,
      ]),
      '',
    );
    session.say('');
  }
  session.say(visible(sentence));
  for (const { peerId, sentence: what } of breaks)
    session.say(`- ${peerId === null ? '' : `${labelOf(peers[peerId], peerId)}: `}${visible(what)}`);
}

const labelOf = (peer: PeerView | undefined, peerId: string): string =>
  `${peerLabel(peer, peerId)}${peer?.trust === 'unknown' ? ' (no contact)' : ''}`;

function reachInWords({ state, lastLinkedAt }: Reach): string {
  if (state === 'linked') return 'linked';
  const last = lastLinkedAt === null ? null : `${formatSpan(Date.now() - lastLinkedAt)} ago`;
  switch (state) {
    case 'worked':
      return last ?? 'yes';
    case 'failing':
      return last === null ? 'fails' : `fails, was linked ${last}`;
    case 'untried':
      return 'not tried';
    case 'none':
      return '-';
  }
}
