import type { Command } from 'commander';
import type { AddressEvidence, Reachability, RouterView, Verdict } from '../../../shared/reachability.ts';
import { formatSpan } from '../durations.ts';
import { shortId, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

/** A test takes 30 s at most; the host says in time what came of it. */
export const TEST_DEADLINE_MS = 45_000;
const HISTORY = 20;

/** What each verdict is called in a row. */
export const verdictWords: Record<Verdict, string> = {
  unknown: 'not tested yet',
  open: 'open: reachable directly',
  mapped: 'mapped: reachable through the router',
  punchable: 'punchable: reachable with the help of a relay',
  'relay-only': 'relay only',
  'lan-only': 'this network only',
  offline: 'offline',
};

const SOURCES: Record<AddressEvidence['source'], string> = {
  interface: 'this machine',
  router: 'router',
  observed: 'seen from outside',
  relay: 'relay',
  announced: 'settings',
};

/** `reachability [test|history]`. */
export function addReachabilityCommands(program: Command, action: ActionOf): void {
  const reachability = program
    .command('reachability')
    .description('say whether others can reach this machine, and what is known of each address');
  reachability
    .command('show', { isDefault: true })
    .description('say how it is, without a new test')
    .action(action(show));
  reachability
    .command('test')
    .description('ask peers elsewhere to connect back, and STUN servers how this machine looks')
    .action(action(test));
  reachability
    .command('history')
    .description('list the verdicts so far, newest first')
    .action(action(history));
}

function show(session: Session): Promise<void> {
  return session.withHost(async ({ state }) => tell(session, state.reachability));
}

function test(session: Session): Promise<void> {
  return session.withHost(async ({ client }) => tell(session, await client.reachability.test()), {
    deadlineMs: TEST_DEADLINE_MS,
  });
}

function history(session: Session): Promise<void> {
  return session.withHost(async ({ client }) => {
    const changes = await client.reachability.history({ limit: HISTORY });
    session.give(changes);
    session.columns(
      ['SINCE', 'VERDICT', 'WHY'],
      changes.map(({ at, verdict, why }) => [new Date(at).toISOString(), verdict, visible(why)]),
      'Nothing has been found out yet.',
    );
  });
}

function tell(session: Session, reachability: Reachability): void {
  session.give(reachability);
  if (session.json) return;
  const rows = reachabilityRows(reachability);
  const widest = Math.max(...rows.map(([label]) => label.length));
  for (const [label, value] of rows) session.say(`${label.padEnd(widest)}  ${value}`);
  sayEvidence(session, reachability);
}

/** The verdict and what follows, as rows of `gatehouse status`. */
export function reachabilityRows(reachability: Reachability): [label: string, value: string][] {
  const { verdict, consequence, action, testing, testedAt, testResult, evidence } = reachability;
  const tested = testing
    ? 'a test is under way'
    : testedAt === null
      ? null
      : `${ago(testedAt)}: ${visible(testResult ?? '')}`;
  return [
    ['Reachability', verdictWords[verdict]],
    ['', visible(consequence)],
    ...(action === null ? [] : [['', visible(action)] satisfies [string, string]]),
    ...(tested === null ? [] : [['Tested', tested] satisfies [string, string]]),
    ...evidence.routers.map((router): [string, string] => ['Router', routerWords(router)]),
    ...evidence.relays.map(({ peerId, state, why }): [string, string] => [
      'Relay',
      `${shortId(peerId)} ${state}${why === null ? '' : `: ${visible(why)}`}`,
    ]),
  ];
}

function routerWords({ location, externalIp, doubleNat, mappings, problem }: RouterView): string {
  const outside =
    externalIp === null
      ? ''
      : `, ${visible(externalIp)} outside${doubleNat ? ', behind another router' : ''}`;
  const ports = mappings
    .map(({ protocol, externalPort }) => `${protocol.toUpperCase()} ${externalPort}`)
    .join(', ');
  return `${visible(location, 100)}${outside}${ports === '' ? '' : `, forwards ${ports}`}${problem === null ? '' : `; ${problem}`}`;
}

/** Each address by which others may come, as a table. */
export function sayEvidence(session: Session, { evidence }: Reachability): void {
  const rows = evidence.addresses
    .filter(({ scope }) => scope !== 'machine')
    .map((address) => [
      visible(address.address),
      SOURCES[address.source],
      scopeWords(address),
      standing(address),
    ]);
  session.columns(
    ['ADDRESS', 'FROM', 'FOR', 'WORKS'],
    rows,
    'There is no address by which others could come.',
  );
}

const scopeWords = ({ scope }: AddressEvidence): string => (scope === 'public' ? 'anybody' : 'this network');

function standing({ verified, failed, source, scope }: AddressEvidence): string {
  if (failed !== null) return `no, since ${ago(failed.at)}`;
  if (verified === null) return scope === 'public' && source !== 'relay' ? 'not known' : '';
  const by = verified.by === null ? 'libp2p' : shortId(verified.by);
  return `yes, ${ago(verified.at)} by ${by}`;
}

const ago = (at: number): string => `${formatSpan(Date.now() - at)} ago`;
