import type { Command } from 'commander';
import type { HostView } from '../../../shared/live.ts';
import { panicLines } from '../panic-lines.ts';
import { formatSpan } from '../durations.ts';
import type { Connection } from '../client.ts';
import type { Session } from '../session.ts';
import { visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import { landingToken } from '../../endpoint/index.ts';
import { transportInWords } from '../transport-words.ts';
import { reachabilityRows, sayEvidence, TEST_DEADLINE_MS } from './reachability.ts';

/** `status`, `id`, `stop-all`, `resume`. */
export function addHostCommands(program: Command, action: ActionOf): void {
  program
    .command('status')
    .description('say whether a host runs, where its interface is, and what waits for you')
    .option('--test', 'find out anew first whether others can reach this machine')
    .action(action(status));
  program
    .command('id')
    .description('print the three spellings of the identity: peer id, did:key and Dawn node id')
    .action(action(id));
  program
    .command('stop-all')
    .description('refuse all that waits, stop every agent and cut every link, until "resume"')
    .action(
      action((session) =>
        session.withHost(async ({ client }) => {
          const report = await client.host.stopAll();
          session.give({ stopped: true, ...report });
          for (const line of panicLines(report)) session.say(line);
        }),
      ),
    );
  program
    .command('resume')
    .description('end "stop-all"')
    .action(
      action((session) =>
        session.withHost(async ({ client }) => {
          await client.host.resume();
          session.give({ stopped: false });
          session.say('The host runs again.');
        }),
      ),
    );
}

function status(session: Session, { test = false }: { test?: boolean }): Promise<void> {
  const work = async ({ client, state, endpoint }: Connection): Promise<void> => {
    const { host, gauges } = state;
    const reachability = test ? await client.reachability.test() : state.reachability;
    const agents = Object.values(state.agents);
    const running = agents.filter((agent) => agent.state === 'running').length;
    const waiting = Object.keys(state.approvals).length;
    const requests = Object.values(state.peers).filter((peer) => peer.request !== null).length;
    const url = endpoint.pages ? `${endpoint.url}/?token=${landingToken(endpoint.token)}` : null;
    session.give({
      running: true,
      ...host,
      name: state.settings.name,
      url,
      pid: endpoint.pid,
      peersConnected: gauges.peersConnected,
      agentsRunning: running,
      agentsTotal: agents.length,
      approvalsWaiting: waiting,
      contactRequests: requests,
      callsTotal: gauges.callsTotal,
      memoryBytes: gauges.memoryBytes,
      reachability,
    });
    if (session.json) return;
    const rows = [
      ['Name', visible(state.settings.name)],
      ['Peer id', host.peerId],
      [
        'State',
        host.stoppedAt === null
          ? `runs for ${formatSpan(Date.now() - host.startedAt)}`
          : 'everything is stopped; "gatehouse resume" lets it run again',
      ],
      ['Interface', url ?? 'the window of the desktop app'],
      ['Data', host.dataDir],
      ...reachabilityRows(reachability),
      ...host.transports.map((transport, index) => [
        index === 0 ? 'Transports' : '',
        transportInWords(transport),
      ]),
      ['Peers', `${gauges.peersConnected} connected, ${requests} asking to be a contact`],
      ['Agents', `${running} of ${agents.length} running`],
      ['Approvals', waiting === 0 ? 'none waiting' : `${waiting} waiting; see "gatehouse approvals"`],
      ['Calls', String(gauges.callsTotal)],
      ...relayRows(host.relay),
      ...addressesOf(host).map((address, index) => [index === 0 ? 'Addresses' : '', address]),
      ...host.notices.map((notice) => [`Notice`, visible(notice.text)]),
    ];
    const widest = Math.max(...rows.map(([label]) => label?.length ?? 0));
    for (const [label = '', value = ''] of rows) session.say(`${label.padEnd(widest)}  ${value}`);
    sayEvidence(session, reachability);
  };
  return session.withHost(work, test ? { deadlineMs: TEST_DEADLINE_MS } : undefined);
}

/** Where it listens, over either transport. */
const addressesOf = ({ addresses, transports }: HostView): string[] => [
  ...new Set([...addresses, ...transports.flatMap((transport) => transport.addresses)]),
];

/** What this host does for others. Nothing where it is no relay. */
function relayRows(relay: HostView['relay']): string[][] {
  if (relay === null) return [];
  const { reservations, maxReservations, circuits, bytes, stunPorts } = relay;
  const stun = stunPorts.length === 0 ? 'no STUN' : `STUN on UDP ${stunPorts.join(' and ')}`;
  const carried = `${(bytes / 2 ** 20).toFixed(1)} MiB carried`;
  return [
    ['Relay', `${reservations} of ${maxReservations} places taken, ${circuits} open, ${carried}, ${stun}`],
  ];
}

function id(session: Session): Promise<void> {
  return session.withHost(async ({ state }) => {
    const { peerId, did, dawnNodeId } = state.host;
    session.give({ peerId, did, dawnNodeId });
    session.say(`Peer id       ${peerId}`);
    session.say(`did:key       ${did}`);
    session.say(`Dawn node id  ${dawnNodeId}`);
  });
}
