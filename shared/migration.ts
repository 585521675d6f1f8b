import type { PeerId } from './ids.ts';
import { peerIdTextOf } from './node-id.ts';
import type { PeerView } from './peers.ts';
import type { Settings } from './settings.ts';
import type { PeerTransport, TransportName, TransportView } from './transports.ts';

/**
 * How one transport reaches a peer.
 * - `linked`: now
 * - `worked`: it did, and nothing has failed since
 * - `failing`: the last attempt failed
 * - `untried`: an address for it is known, and that is all
 * - `none`: nothing is known that could be tried
 */
export type ReachState = 'linked' | 'worked' | 'failing' | 'untried' | 'none';

export interface Reach {
  readonly name: TransportName;
  readonly state: ReachState;
  readonly lastLinkedAt: number | null;
  /** Why it last failed, as a sentence. */
  readonly error: string | null;
}

/**
 * What switching WebSocket off would mean for a peer.
 * - `ready`: libp2p reaches it
 * - `unaffected`: WebSocket has never reached it, so nothing changes
 * - `unproven`: libp2p may reach it, and has not shown so
 * - `depends`: it would be lost
 */
export type Standing = 'ready' | 'unaffected' | 'unproven' | 'depends';

/**
 * Why a peer depends on WebSocket.
 * - `legacy`: a Dawn node, whose answers are not encrypted
 * - `dawn`: it comes to us as Dawn's clients do, and has never spoken libp2p
 * - `override`: it is set to WebSocket by itself
 * - `only-websocket`: no libp2p address of it is known
 * - `libp2p-fails`: libp2p was tried, and failed
 */
export type Dependence = 'legacy' | 'dawn' | 'override' | 'only-websocket' | 'libp2p-fails';

export interface PeerMigration {
  readonly peerId: PeerId;
  readonly libp2p: Reach;
  readonly websocket: Reach;
  readonly standing: Standing;
  /** Null unless `standing` is `depends`. */
  readonly dependence: Dependence | null;
  /** Where things stand, without the peer's name: "It …". */
  readonly sentence: string;
}

/** Something that would stop working. */
export interface Breakage {
  /** Null where it is not about one known peer. */
  readonly peerId: PeerId | null;
  /** Begins with "It" where `peerId` is set. */
  readonly sentence: string;
}

/**
 * - `off`: WebSocket is switched off already
 * - `safe`: nothing would break
 * - `unsure`: nothing is known to break, but not every contact has been reached over libp2p
 * - `breaks`: something would
 */
export type SwitchOff = 'off' | 'safe' | 'unsure' | 'breaks';

export interface Migration {
  /** Those that depend on WebSocket first. */
  readonly contacts: readonly PeerMigration[];
  /** No contacts, but linked over WebSocket, now or lately, and over nothing else. */
  readonly others: readonly PeerMigration[];
  /** What would break if WebSocket were switched off now; with `off`, what is broken for that reason. */
  readonly breaks: readonly Breakage[];
  readonly verdict: SwitchOff;
  /** The verdict, for the person. */
  readonly sentence: string;
}

/** A link over libp2p that is older than this proves nothing any more. */
const PROOF_MS = 30 * 24 * 60 * 60 * 1000;

/** How far the move from WebSocket to libp2p has come. Pure. */
export function migrationOf(
  peers: readonly PeerView[],
  settings: Pick<Settings, 'transport' | 'webSocketPeers'>,
  transports: readonly TransportView[],
  now = Date.now(),
): Migration {
  const contacts = peers
    .filter(({ trust }) => trust === 'known' || trust === 'trusted')
    .map((peer) => judged(peer, now))
    .toSorted((one, other) => RANK[one.standing] - RANK[other.standing]);
  const others = peers
    .filter(({ trust }) => trust === 'unknown')
    .map((peer) => judged(peer, now))
    .filter(
      ({ libp2p, websocket, standing }) =>
        standing === 'depends' && libp2p.lastLinkedAt === null && isRecent(websocket, now),
    );
  const breaks = [
    ...ofThisHost(transports),
    ...[...contacts, ...others]
      .filter(({ standing }) => standing === 'depends')
      .map(({ peerId, sentence }) => ({ peerId, sentence })),
    ...ofKeptAddresses(peers, settings.webSocketPeers),
  ];
  const unproven = contacts.filter(({ standing }) => standing === 'unproven').length;
  const verdict = verdictOf(settings, breaks.length, unproven);
  return { contacts, others, breaks, verdict, sentence: inWords(verdict, breaks.length, unproven) };
}

const RANK: Readonly<Record<Standing, number>> = { depends: 0, unproven: 1, ready: 2, unaffected: 3 };

function judged(peer: PeerView, now: number): PeerMigration {
  const libp2p = reachOf(peer, 'libp2p');
  const websocket = reachOf(peer, 'websocket');
  const stands = (
    standing: Standing,
    sentence: string,
    dependence: Dependence | null = null,
  ): PeerMigration => ({
    peerId: peer.peerId,
    libp2p,
    websocket,
    standing,
    dependence,
    sentence,
  });
  const dependence = dependenceOf(peer, { libp2p, websocket }, now);
  if (dependence !== null) return stands('depends', whyItDepends(peer, dependence, libp2p), dependence);
  if (libp2p.state === 'linked') return stands('ready', 'It is linked over libp2p.');
  if (isRecent(libp2p, now)) return stands('ready', 'It was last reached over libp2p.');
  if (websocket.state === 'none') return stands('unaffected', 'It has never been reached over WebSocket.');
  if (libp2p.state === 'worked') return stands('unproven', 'It was reached over libp2p, but long ago.');
  return stands('unproven', 'A libp2p address of it is known, and has not been tried yet.');
}

interface Reaches {
  readonly libp2p: Reach;
  readonly websocket: Reach;
}

function dependenceOf(peer: PeerView, { libp2p, websocket }: Reaches, now: number): Dependence | null {
  if (peer.transportChoice === 'websocket') return 'override';
  if (libp2p.state === 'linked') return null;
  if (peer.legacy === 'offered' || peer.legacy === 'allowed') return 'legacy';
  if (websocket.state === 'none') return null;
  const knowsLibp2p = libp2p.state !== 'none';
  if (!knowsLibp2p && peer.speaksGatehouse === false) return 'dawn';
  if (!knowsLibp2p) return 'only-websocket';
  if (libp2p.state !== 'failing') return null;
  // One that is not there at all fails over both: what counts is how it was reached last.
  const lastByWebSocket =
    websocket.state === 'linked' || (websocket.lastLinkedAt ?? 0) > (libp2p.lastLinkedAt ?? 0);
  return lastByWebSocket || !isRecent(libp2p, now) ? 'libp2p-fails' : null;
}

function whyItDepends(peer: PeerView, dependence: Dependence, libp2p: Reach): string {
  switch (dependence) {
    case 'override':
      return 'It is set to WebSocket only. Set it back to what the settings say first.';
    case 'legacy':
      return 'It is a Dawn node, which answers without encryption and has WebSocket only.';
    case 'dawn':
      return 'It calls as Dawn nodes do, over WebSocket only.';
    case 'only-websocket':
      return 'Only a WebSocket address of it is known.';
    case 'libp2p-fails': {
      const reason = peer.fallback?.reason ?? libp2p.error;
      return reason === null
        ? 'It cannot be reached over libp2p.'
        : `It cannot be reached over libp2p: ${reason}`;
    }
  }
}

function reachOf(peer: PeerView, name: TransportName): Reach {
  const known: PeerTransport | undefined = peer.transports.find((transport) => transport.name === name);
  const { linked = false, lastLinkedAt = null, lastError = null, hasAddress = false } = known ?? {};
  // Without an address there was nothing that could have failed.
  const isTried = hasAddress || lastLinkedAt !== null;
  const state = linked
    ? 'linked'
    : lastError !== null && isTried
      ? 'failing'
      : lastLinkedAt !== null
        ? 'worked'
        : hasAddress
          ? 'untried'
          : 'none';
  return { name, state, lastLinkedAt, error: lastError };
}

const isRecent = ({ state, lastLinkedAt }: Reach, now: number): boolean =>
  state === 'linked' || (lastLinkedAt !== null && now - lastLinkedAt <= PROOF_MS);

function ofThisHost(transports: readonly TransportView[]): Breakage[] {
  const libp2p = transports.find(({ name }) => name === 'libp2p');
  if (libp2p?.state === 'failed')
    return [
      { peerId: null, sentence: `libp2p does not run here: ${libp2p.error ?? 'it could not be started.'}` },
    ];
  return [];
}

/** Addresses in the settings behind which nobody has been met yet who could be reached in another way. */
function ofKeptAddresses(peers: readonly PeerView[], addresses: readonly string[]): Breakage[] {
  const met = new Set(
    peers.flatMap((peer) => [...peer.addresses, ...peer.links.map(({ address }) => address)]).map(bare),
  );
  const ids = new Set<string>(peers.map(({ peerId }) => peerId));
  return addresses
    .filter((address) => !met.has(bare(address)) && !ids.has(whoIsAt(address)))
    .map((address) => ({
      peerId: null,
      sentence: `${address}, which the settings name, would not be linked any more.`,
    }));
}

/** By peer id, also where the address names a Dawn node id. Empty where it names nobody. */
function whoIsAt(address: string): string {
  const id = address.split('#')[1] ?? '';
  return /^[0-9a-f]{64}$/.test(id) ? peerIdTextOf(id) : id;
}

/** Without who is there. */
const bare = (address: string): string => (address.split('#')[0] ?? '').replace(/\/$/, '');

function verdictOf({ transport }: Pick<Settings, 'transport'>, breaks: number, unproven: number): SwitchOff {
  if (transport === 'libp2p') return 'off';
  if (breaks > 0) return 'breaks';
  // Where libp2p is not used, none of what is known of it is of today.
  return unproven > 0 || transport === 'websocket' ? 'unsure' : 'safe';
}

function inWords(verdict: SwitchOff, breaks: number, unproven: number): string {
  switch (verdict) {
    case 'off':
      return breaks === 0
        ? 'WebSocket is switched off, and nobody needs it.'
        : `WebSocket is switched off. ${things(breaks)} would need it.`;
    case 'safe':
      return 'WebSocket can be switched off: libp2p reaches every contact.';
    case 'unsure':
      return unproven === 0
        ? 'libp2p does not run yet. Choose both, and see whether it reaches every contact.'
        : `Nothing is known to break, but ${contacts(unproven)} not been reached over libp2p yet.`;
    case 'breaks':
      return `${things(breaks)} would stop working without WebSocket.`;
  }
}

const things = (count: number): string => (count === 1 ? 'One thing' : `${count} things`);
const contacts = (count: number): string => (count === 1 ? 'one contact has' : `${count} contacts have`);
