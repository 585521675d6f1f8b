import type { PeerId } from '../../../shared/ids.ts';
import type { Trust } from '../../../shared/peers.ts';
import { peerIdOfPublicKey } from '../../host/identity/index.ts';
import { blankPeer } from '../../host/peers/index.ts';
import type { StoredPeer } from '../../host/records/index.ts';
import { readBootstrapFile, type BootstrapEntry } from './dawn-bootstrap.ts';
import type { DawnFolder } from './dawn-folder.ts';
import { readKeyFile, type DawnKey } from './dawn-key.ts';
import { readTrustFile, type DawnTrust, type TrustEntry } from './dawn-trust.ts';
import { refused } from './refusal.ts';

/** As many as the settings hold. */
const MAX_KEPT = 32;
const MAX_ADDRESSES = 16;

/** What a folder of a Dawn node says. */
export interface DawnNode {
  readonly key: DawnKey | null;
  readonly bootstrap: readonly BootstrapEntry[];
  readonly trust: readonly TrustEntry[];
  readonly notes: readonly string[];
}

/** What the data folder has already. */
export interface Had {
  /** In hex. `unreadable`: there is a key that only the desktop app can read, or nobody. Null: none yet. */
  readonly nodeId: string | null;
  readonly peers: readonly StoredPeer[];
  readonly webSocketPeers: readonly string[];
}

/** What becomes of one entry of the trust file. */
export interface PlannedPeer {
  readonly peerId: PeerId;
  readonly nodeId: string;
  readonly there: DawnTrust;
  /** Null: nothing is stored of it. */
  readonly becomes: Exclude<Trust, 'unknown'> | null;
  readonly addresses: readonly string[];
  /** Why, where it is not plain. */
  readonly why: string | null;
}

export interface Plan {
  /** The key that is taken; null: none. */
  readonly key: DawnKey | null;
  /** What becomes of the identity, as a sentence. */
  readonly identity: string;
  readonly peers: readonly PlannedPeer[];
  /** New ones, for the addresses that a WebSocket link is kept to. */
  readonly webSocketPeers: readonly string[];
  readonly notes: readonly string[];
  /** All that is to be stored of peers. */
  readonly stored: readonly StoredPeer[];
}

/** @throws {CliError} where a file is nonsense, or two say different things */
export function readDawnNode({ files, notes, path }: DawnFolder): DawnNode {
  const readings = files
    .filter(({ kind }) => kind === 'key' || kind === 'maybe-key' || kind === 'config')
    .map((file) => ({ file, ...readKeyFile(file) }));
  const key = theOneKey(readings.flatMap(({ keys }) => keys));
  for (const { file, nodeId } of readings) {
    if (key !== null && nodeId !== null && nodeId !== key.nodeId)
      throw refused(
        `${file.name} says that the node is ${nodeId}, but the key in ${key.file} is that of ${key.nodeId}. Leave only what belongs together in the folder.`,
      );
  }
  const bootstrap = agreeing(
    files.filter(({ kind }) => kind === 'bootstrap' || kind === 'config').flatMap(readBootstrapFile),
  );
  const trustFiles = files.filter(({ kind }) => kind === 'trust');
  const [trustFile, another] = trustFiles;
  if (trustFile !== undefined && another !== undefined)
    throw refused(
      `There are both ${trustFile.name} and ${another.name}. Leave one trust file in the folder.`,
    );
  const trust = trustFile === undefined ? [] : readTrustFile(trustFile);
  if (key === null && bootstrap.length === 0 && trustFile === undefined)
    throw refused(
      `Nothing of a Dawn node was found in ${path}: no key such as node.key or identity.pem, no bootstrap.json or config.json, and no trust.json.`,
    );
  return { key, bootstrap, trust, notes: [...notes, ...readings.flatMap(({ note }) => note ?? [])] };
}

/** Several files may hold the same key. */
function theOneKey(keys: readonly DawnKey[]): DawnKey | null {
  const [first] = keys;
  const other = keys.find(({ nodeId }) => nodeId !== first?.nodeId);
  if (first === undefined) return null;
  if (other !== undefined)
    throw refused(
      `${first.file} and ${other.file} hold different keys, so it is not clear which is that of the node. Leave one of them in the folder.`,
    );
  return first;
}

/** Each address once. */
function agreeing(entries: readonly BootstrapEntry[]): BootstrapEntry[] {
  const known = new Map<string, BootstrapEntry>();
  for (const entry of entries) {
    const before = known.get(entry.address);
    const ids = [before?.nodeId, entry.nodeId].filter((id) => id != null);
    if (new Set(ids).size > 1)
      throw refused(`${before?.file ?? ''} and ${entry.file} name different nodes at ${entry.address}.`);
    known.set(entry.address, { ...entry, nodeId: ids[0] ?? null });
  }
  return [...known.values()];
}

/** What an import would do. Pure. What was decided here already stays as it is. */
export function planOf(dawn: DawnNode, had: Had): Plan {
  const takesKey = dawn.key !== null && had.nodeId === null;
  const ownNodeId = takesKey ? dawn.key.nodeId : had.nodeId;
  const peers = dawn.trust
    .filter(({ trust }) => trust !== 'unknown')
    .map((entry) => plannedPeer(entry, dawn.bootstrap, { ownNodeId, stored: had.peers }));
  const { added, leftOut } = keptAddresses(dawn, peers, had, ownNodeId);
  const ignored = dawn.trust.filter(({ trust }) => trust === 'unknown').length;
  return {
    key: takesKey ? dawn.key : null,
    identity: identityInWords(dawn.key, had.nodeId),
    peers,
    webSocketPeers: added,
    notes: [
      ...dawn.notes,
      ...(ignored === 0
        ? []
        : [`${ignored} of the nodes in the trust file are unknown there, and nothing is taken of them.`]),
      ...(leftOut === 0
        ? []
        : [`${leftOut} addresses are left out: a link can be kept to ${MAX_KEPT} at most.`]),
    ],
    stored: peers.flatMap((peer) => toBeStored(peer, had.peers)),
  };
}

function identityInWords(key: DawnKey | null, had: string | null): string {
  if (key === null) return 'No private key was found: the identity stays as it is.';
  const from = `${key.file} (${key.as})`;
  if (had === null)
    return `The identity is taken from ${from}: this host becomes ${peerIdOf(key.nodeId)}, and its Dawn node id stays ${key.nodeId}.`;
  if (had === key.nodeId) return `The identity in ${from} is already that of this host.`;
  return `The identity in ${from} is not taken: this data folder has one, and that is never overwritten. To take it, import into a new folder by --data.`;
}

function plannedPeer(
  { nodeId, trust, address }: TrustEntry,
  bootstrap: readonly BootstrapEntry[],
  { ownNodeId, stored }: { readonly ownNodeId: string | null; readonly stored: readonly StoredPeer[] },
): PlannedPeer {
  const peerId = peerIdOf(nodeId);
  const listed = bootstrap.filter((entry) => entry.nodeId === nodeId).map((entry) => entry.address);
  const addresses = [...new Set([...(address === null ? [] : [address]), ...listed])].slice(0, MAX_ADDRESSES);
  const base = { peerId, nodeId, there: trust, addresses };
  if (nodeId === ownNodeId) return { ...base, becomes: null, why: 'it is this host itself' };
  const here = stored.find((peer) => peer.peerId === peerId)?.trust ?? 'unknown';
  if (here !== 'unknown') return { ...base, becomes: null, why: `it is ${here} here already, and stays so` };
  switch (trust) {
    case 'untrusted':
      return { ...base, becomes: 'blocked', addresses: [], why: null };
    case 'verified':
      return { ...base, becomes: 'known', why: null };
    case 'trusted':
      return { ...base, becomes: 'trusted', why: null };
    case 'bootstrap':
      return {
        ...base,
        becomes: null,
        why: addresses.length === 0 ? 'no address of it is known' : 'no contact; a link to it is kept',
      };
    case 'unknown':
      return { ...base, becomes: null, why: null };
  }
}

function keptAddresses(
  dawn: DawnNode,
  peers: readonly PlannedPeer[],
  had: Had,
  ownNodeId: string | null,
): { added: string[]; leftOut: number } {
  const shunned = new Set(peers.filter(({ there }) => there === 'untrusted').map(({ nodeId }) => nodeId));
  const blocked = new Set(had.peers.filter(({ trust }) => trust === 'blocked').map(({ peerId }) => peerId));
  const ofTrust = peers
    .filter(({ there }) => there === 'bootstrap')
    .flatMap(({ nodeId, addresses }) => addresses.map((address) => ({ address, nodeId })));
  const known = new Set(had.webSocketPeers.map(bare));
  const wanted = new Map<string, string | null>();
  for (const { address, nodeId } of [...dawn.bootstrap, ...ofTrust]) {
    if (known.has(address)) continue;
    if (nodeId !== null && (nodeId === ownNodeId || shunned.has(nodeId) || blocked.has(peerIdOf(nodeId))))
      continue;
    wanted.set(address, nodeId ?? wanted.get(address) ?? null);
  }
  const all = [...wanted].map(([address, nodeId]) => (nodeId === null ? address : `${address}#${nodeId}`));
  const room = Math.max(0, MAX_KEPT - had.webSocketPeers.length);
  return { added: all.slice(0, room), leftOut: Math.max(0, all.length - room) };
}

const bare = (address: string): string => (address.split('#')[0] ?? '').replace(/\/$/, '');

function toBeStored(
  { peerId, becomes, addresses }: PlannedPeer,
  stored: readonly StoredPeer[],
): StoredPeer[] {
  if (becomes === null) return [];
  const before = stored.find((peer) => peer.peerId === peerId) ?? blankPeer(peerId);
  return [
    {
      ...before,
      trust: becomes,
      contactSince: becomes === 'blocked' ? null : Date.now(),
      addresses: [...new Set([...addresses, ...before.addresses])].slice(0, MAX_ADDRESSES),
      request: null,
    },
  ];
}

/** @throws {CliError} where it is no key of Ed25519 */
function peerIdOf(nodeId: string): PeerId {
  const peerId = peerIdOfPublicKey(Buffer.from(nodeId, 'hex'));
  if (peerId === null) throw refused(`${nodeId} is the id of no node: it is no Ed25519 key.`);
  return peerId;
}
