import { lstat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createFileKeyStore, IdentityError, keyFromSeed, openIdentity } from '../../host/identity/index.ts';
import { openRecords, type Records } from '../../host/records/index.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { visible } from '../names.ts';
import type { Session } from '../session.ts';
import { readDawnFolder } from './dawn-folder.ts';
import { planOf, readDawnNode, type Had, type Plan } from './plan.ts';

/** As `createHost` names them. */
const DATABASE = 'gatehouse.db';
const KEY_FILE = 'identity.key';
/** A key that only the desktop app can read. */
const UNREADABLE = 'unreadable';

/** `import-dawn`: shows what it would do, asks, and does all of it or nothing. */
export async function importDawn(session: Session, dir: string, agreed: boolean): Promise<void> {
  const folder = await readDawnFolder(dir);
  const dawn = readDawnNode(folder);
  const { dataDir } = session;
  // Held until the end, so that no host starts in between. Where there are no records yet, none are made by looking.
  let records = (await exists(join(dataDir, DATABASE))) ? await recordsOf(dataDir) : null;
  try {
    const plan = planOf(dawn, await whatThereIs(dataDir, records));
    show(session, folder.path, plan);
    if (isEmpty(plan)) {
      session.give({ ...forPrograms(plan), imported: false });
      session.say('There is nothing to import: all of it is here already.');
      return;
    }
    await confirm(session, agreed);
    if (records === null) {
      records = await recordsOf(dataDir);
      // Somebody may have been faster while the person thought about it.
      if (records.peers.list().length > 0)
        throw new CliError('CONFLICT', ExitCode.failed, 'The data folder has changed meanwhile. Try again.');
    }
    await carryOut(plan, dataDir, records);
    session.give({ ...forPrograms(plan), imported: true });
    session.say(`Imported into ${dataDir}.`);
    session.say(
      'Next: start Gatehouse, then "gatehouse transport set both" has it speak WebSocket beside libp2p. A Dawn node answers ' +
        'without encryption: "gatehouse peers legacy PEER allow" lets one be called all the same.',
    );
  } finally {
    await records?.close();
  }
}

const recordsOf = (dataDir: string): Promise<Records> =>
  openRecords({ dataDir, defaultName: hostname().slice(0, 60) || 'Gatehouse' });

async function whatThereIs(dataDir: string, records: Records | null): Promise<Had> {
  return {
    nodeId: await ownNodeId(join(dataDir, KEY_FILE)),
    peers: records?.peers.list() ?? [],
    webSocketPeers: records?.settings.get().webSocketPeers ?? [],
  };
}

async function ownNodeId(keyFile: string): Promise<string | null> {
  if (!(await exists(keyFile))) return null;
  try {
    const { dawnNodeId } = await openIdentity(createFileKeyStore(keyFile));
    return dawnNodeId;
  } catch (error) {
    if (error instanceof IdentityError) return UNREADABLE;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** The key first, since it can be taken back: what follows is one transaction. */
async function carryOut(plan: Plan, dataDir: string, records: Records): Promise<void> {
  const keyFile = join(dataDir, KEY_FILE);
  if (plan.key !== null) {
    const { protobuf } = await keyFromSeed(plan.key.seed);
    await createFileKeyStore(keyFile).create(protobuf);
  }
  try {
    records.inOne(() => {
      for (const peer of plan.stored) records.peers.put(peer);
      if (plan.webSocketPeers.length > 0) {
        const { webSocketPeers } = records.settings.get();
        records.settings.set({ webSocketPeers: [...webSocketPeers, ...plan.webSocketPeers] });
      }
    });
  } catch (error) {
    if (plan.key !== null) await unlink(keyFile);
    throw error;
  }
}

const isEmpty = ({ key, stored, webSocketPeers }: Plan): boolean =>
  key === null && stored.length === 0 && webSocketPeers.length === 0;

function show(session: Session, from: string, plan: Plan): void {
  session.say(`What there is to import from ${visible(from)}:`);
  session.say(plan.identity);
  if (plan.key !== null)
    session.say(
      'Stop the Dawn node before Gatehouse starts: two nodes of one identity take the links away from each other.',
    );
  if (plan.peers.length > 0)
    session.columns(
      ['PEER ID', 'DAWN NODE ID', 'THERE', 'HERE', 'ADDRESS'],
      plan.peers.flatMap(({ peerId, nodeId, there, becomes, addresses: [first = '-', ...others], why }) => [
        [peerId, `${nodeId.slice(0, 12)}…`, there, becomes ?? why ?? 'nothing', first],
        ...others.map((address) => ['', '', '', '', address]),
      ]),
      '',
    );
  for (const address of plan.webSocketPeers) session.say(`A link is kept to ${address}`);
  for (const note of plan.notes) session.say(`Note: ${note}`);
  if (plan.stored.length > 0)
    session.say(
      'Contacts are asked about as always: nothing is allowed by this, and no Dawn node may answer without encryption by it.',
    );
}

/** The plan without the key. */
function forPrograms({ key, identity, peers, webSocketPeers, notes }: Plan): object {
  return {
    identity: {
      taken: key !== null,
      file: key?.file ?? null,
      nodeId: key?.nodeId ?? null,
      sentence: identity,
    },
    peers,
    webSocketPeers,
    notes,
  };
}

async function confirm({ terminal }: Session, agreed: boolean): Promise<void> {
  if (agreed) return;
  if (!terminal.interactive)
    throw usageError('Nobody is here to be asked. Look at the plan above, and give --yes to carry it out.');
  const answer = await terminal.ask('Import this? [y/N] ');
  if (!/^\s*y(es)?\s*$/i.test(answer))
    throw new CliError('CANCELLED', ExitCode.failed, 'Not confirmed; nothing was imported.');
}
