/** The records room: one SQLite file that holds all that must outlive the host. */
import type { CallDetail, CallQuery, CallView } from '../../../shared/calls.ts';
import type { CallId, PeerId } from '../../../shared/ids.ts';
import type { InviteId, InviteView } from '../../../shared/invites.ts';
import type { ContactRequest, Trust } from '../../../shared/peers.ts';
import type { VerdictChange } from '../../../shared/reachability.ts';
import type { ChainCheck } from '../../../shared/receipts.ts';
import type { Bodies, Settings, SettingsChange } from '../../../shared/settings.ts';
import type { TransportChoice } from '../../../shared/transports.ts';
import type { AgentStore } from '../agents/index.ts';
import type { PastCalls, PinStore, RuleStore, UsageStore } from '../gate/index.ts';
import type { ReceiptStore } from '../receipts/index.ts';
import type { Budget } from '../../../shared/rules.ts';
import type { ChainSigner } from './chain-signature.ts';
import type { RecordsError } from './records-error.ts';

/** A peer that the records remember: a contact, a blocked peer, one with a pending request or with words of its own. */
export interface StoredPeer {
  readonly peerId: PeerId;
  readonly trust: Trust;
  readonly alias: string | null;
  readonly name: string | null;
  readonly contactSince: number | null;
  readonly addresses: readonly string[];
  readonly request: ContactRequest | null;
  readonly lastSeen: number;
  /** Null: as the settings say. */
  readonly transportChoice: TransportChoice | null;
  /** The person lets it answer without encryption, as Dawn nodes do. */
  readonly legacyAllowed: boolean;
  /** Null: the one of the settings. */
  readonly budget: Budget | null;
  /** It has spoken Gatehouse at least once, and is spoken to in no lesser way. */
  readonly speaksGatehouse: boolean;
  /** When a link over each was last open. */
  readonly lastLinkedAt: { readonly libp2p: number | null; readonly websocket: number | null };
}

/**
 * `put` and `remove` wait for a disk that refuses: no peer is lost by it.
 *
 * @throws {RecordsError} CLOSED; or why the disk refuses, where 1,000 others wait already
 */
export interface PeerStore {
  list(): StoredPeer[];
  put(peer: StoredPeer): void;
  remove(peerId: PeerId): void;
}

/** The last 5,000 peers that have ever spoken Gatehouse, contacts or not: they are spoken to in no lesser way. */
export interface GatehouseStore {
  /** Those not met for longest first. */
  list(): PeerId[];
  has(peerId: PeerId): boolean;
  /** Waits for a disk that refuses. @throws {RecordsError} as `PeerStore` */
  add(peerId: PeerId): void;
}

export interface SettingsStore {
  /** Stored values over the defaults; a stored value that no longer parses falls back to its default. */
  get(): Settings;
  set(change: SettingsChange): Settings;
}

type FactKey =
  'stoppedAt' | 'panic' | 'dismissedProposals' | 'cardSequence' | 'announcementSequence' | 'secretsToShow';

/** Small facts of the host itself. `set` waits for a disk that refuses. @throws {RecordsError} CLOSED */
export interface FactStore {
  get(key: FactKey): string | null;
  set(key: FactKey, value: string | null): void;
}

/** The verdicts of reachability, newest last; the oldest beyond 1,000 are forgotten. */
export interface VerdictStore {
  /** Waits for a disk that refuses. @throws {RecordsError} CLOSED */
  add(change: VerdictChange): void;
  /** Newest first. */
  list(limit: number): VerdictChange[];
}

export interface StoredInvite extends InviteView {
  /** SHA-256 of the secret, in hex. */
  readonly secretHash: string;
  readonly trust: 'known' | 'trusted';
}

/** @throws {RecordsError} CLOSED, or why the disk refuses: an invite that was not written down is not given out */
export interface InviteStore {
  /** Newest first. */
  list(): StoredInvite[];
  add(invite: StoredInvite): void;
  /** Marks an invite as used, if it is neither used, over nor gone. False: somebody was faster. */
  use(id: InviteId, by: PeerId, at: number): boolean;
  remove(id: InviteId): void;
}

export interface CallBodies {
  /** JSON text of params or result. Kept whole, masked or as a hash. */
  readonly request?: string;
  readonly response?: string;
  /** The arguments that ran, where the person changed them. */
  readonly edited?: string;
  /** What is kept of them; as the settings say by default. */
  readonly keep?: Bodies | undefined;
}

/** One recorded call as replays and exports need it. */
export interface RecordedCall {
  readonly call: CallView;
  /** Null where no text is kept. */
  readonly request: string | null;
  readonly response: string | null;
  /** The arguments that ran, where the person changed them. */
  readonly edited: string | null;
  /** Secrets in the request were masked before it was kept: it is not the whole. */
  readonly masked: boolean;
  /** Of the whole, where the text is not. */
  readonly requestHash: string | null;
  readonly responseHash: string | null;
}

/** How one outgoing call went. */
export interface CallOutcome extends Pick<
  CallView,
  'id' | 'peerId' | 'path' | 'transport' | 'status' | 'at' | 'runMs' | 'error'
> {
  /** Both directions together. */
  readonly bytes: number;
}

/** Written in batches: all that is written in one turn of the event loop is one transaction. */
export interface CallStore extends PastCalls {
  nextId(): CallId;
  /**
   * Writes the call as it is now, new or changed; texts of others are cut to what the records take (agent and tool
   * 2,300 characters, error 2,000), an error code beyond 2^53 is left out. `done` is called once that is in the database (survives
   * the death of the process), or with an error when it could not be written within 5 s.
   */
  put(call: CallView, bodies?: CallBodies, done?: (error: RecordsError | null) => void): void;
  page(query: CallQuery): CallView[];
  detail(id: CallId): CallDetail | null;
  /** Outgoing calls, newest first, from before one on; `next` is null where there are no more. */
  outcomes(query: { readonly before: CallId | null; readonly limit: number }): {
    outcomes: CallOutcome[];
    next: CallId | null;
  };
  /** Newest first, from before one on, with what is kept of the bodies. */
  recorded(query: CallQuery): RecordedCall[];
  /** As `page`, the ids alone; and what is recorded of such, in their order, those that are gone left out. */
  ids(query: CallQuery): number[];
  recordedOf(ids: readonly number[]): RecordedCall[];
  /** The ticket of one of our calls whose answer was lost, and the epoch of the host that knows it. */
  ticket(id: CallId): { readonly ticket: string; readonly epoch: string } | null;
  setTicket(id: CallId, ticket: { readonly ticket: string; readonly epoch: string } | null): void;
  total(): number;
  /** False while writing fails (a full disk): the gate lets nothing in. */
  healthy(): boolean;
}

export interface Records {
  readonly calls: CallStore;
  readonly peers: PeerStore;
  readonly gatehouses: GatehouseStore;
  readonly agents: AgentStore;
  readonly rules: RuleStore;
  readonly pins: PinStore;
  readonly settings: SettingsStore;
  readonly facts: FactStore;
  readonly verdicts: VerdictStore;
  readonly invites: InviteStore;
  readonly usage: UsageStore;
  readonly receipts: ReceiptStore;
  /** From now on the chain is signed as this installation: at most once a minute, and at the end. */
  signAs(signer: ChainSigner): void;
  /** Checks the chain in pieces, beside what else the host does. */
  verify(signal?: AbortSignal): Promise<ChainCheck>;
  /** What could not be read when the records were opened and is left out: a sentence each, to be shown. */
  readonly problems: readonly string[];
  /** Told when writing begins to fail (a sentence) and when it works again (null). */
  onHealth: ((problem: string | null) => void) | null;
  /**
   * Keeps all that `work` writes, calls aside, or nothing of it. For who has the records alone: after a failure the stores
   * still hold what was not kept, and are to be closed.
   * @throws {RecordsError}
   */
  inOne(work: () => void): void;
  /** Writes what is left, checkpoints and closes. */
  close(): Promise<void>;
}

export type OpenRecordsOptions = ({ readonly dataDir: string } | { readonly file: string }) & {
  /** The name in the settings until the person chooses one. */
  readonly defaultName: string;
  /** What counts for this run, given what is stored: the environment may decide otherwise. */
  readonly inForce?: (stored: Settings) => Settings;
  readonly now?: () => number;
};

/**
 * Opens the records of a data folder (`gatehouse.db` in it, mode 0600), making them where there are none. Calls
 * that were under way when an earlier host ended become `interrupted`.
 *
 * Bodies up to 64 KiB are kept whole where the settings say so; of longer ones only hash and length are kept.
 *
 * @throws {RecordsError} LOCKED, FOREIGN, NEWER, CORRUPT, DISK; the file is then left as it was
 */
export { chainSigner } from './chain-signature.ts';
export { openRecords } from './open-records.ts';
export { RecordsError } from './records-error.ts';
export { ReadRecords } from './read-records.ts';
