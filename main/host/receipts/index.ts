/** The receipts room: both sides of a call sign what was asked, decided and answered, many calls at a time. */
import type { CallId, PeerId } from '../../../shared/ids.ts';
import type { Receipt, ReceiptBody } from '../../../shared/receipts.ts';
import type { Identity } from '../identity/index.ts';
import { ReceiptsRoom } from './receipts-room.ts';

/** What one side knows of a call that has ended; the texts are hashed when there is time. */
export interface EndedCall extends Omit<ReceiptBody, 'v' | 'caller' | 'host' | 'requestHash' | 'resultHash'> {
  /** Of this side's own records. */
  readonly callId: CallId;
  /** The JSON-RPC id under which the two sides know it on this stream. */
  readonly rpcId: string | number;
  /**
   * The arguments as they were sent (`{}` where there were none; for other methods than `tools/call` the params without
   * `_meta`), and the result or error exactly as it was answered. Not changed any more by anybody.
   */
  readonly request: unknown;
  readonly response: unknown;
  /** Of both together, about: bounds what is held until it is hashed. */
  readonly bytes: number;
}

/** The caller knows no more than this; the rest it is told, and signs only where it fits. */
export interface CallersView extends Pick<
  EndedCall,
  'callId' | 'rpcId' | 'agent' | 'tool' | 'nonce' | 'request' | 'response' | 'outcome' | 'bytes'
> {
  /** When it was first sent, on the caller's clock: the host may not say that it got it much earlier. */
  readonly sentAt: number;
}

/** Tells the other side of a stream something: one notification. */
export type Tell = (method: string, params: Record<string, unknown>) => void;

/** Receipts of one stream, at the host of the agent. */
export interface HostReceipts {
  /** Cheap: signed within 100 ms, or 256 calls. Calls that were cancelled have no receipt: do not add them. */
  add(call: EndedCall): void;
  /** Params of `COUNTERSIGNED_METHOD`: hostile. */
  countersigned(params: unknown): void;
  /** Signs what is left and tells it where it can. */
  close(): void;
}

/** Receipts of one stream, at the caller. */
export interface CallerReceipts {
  /** Of each answer that came, under the id of the request that it answered (of the `redeem`, where it was redeemed). */
  add(call: CallersView): void;
  /** Params of `RECEIPTS_METHOD`: hostile. Countersigned where all of it is what happened here. */
  received(params: unknown): void;
  close(): void;
}

/** A tree of receipts as it is kept. Canonical JSON of the bodies, in order. */
export interface StoredReceipts {
  readonly direction: 'in' | 'out';
  readonly peerId: PeerId;
  /** Canonical JSON of the `ReceiptRoot`. */
  readonly root: string;
  readonly bodies: readonly { readonly callId: CallId; readonly body: string }[];
  readonly hostSignature: string;
  readonly callerSignature: string | null;
}

export interface ReceiptStore {
  /** Never on the hot path: batched by the room. Resolves nothing; waits for a disk that refuses, bounded. */
  put(receipts: StoredReceipts): void;
  /** Adds the caller's signature to a tree that is known by its root hash. */
  countersign(root: string, signature: string): void;
  /** Of several trees one that both have signed, else the newest. */
  ofCall(id: CallId): { readonly receipts: StoredReceipts; readonly index: number } | null;
  /** `none`, `host` or `both`. */
  state(id: CallId): 'none' | 'host' | 'both';
}

export interface Receipts {
  /** @param tell null where the peer does not speak of receipts: then only this host signs. */
  asHost(peerId: PeerId, tell: Tell | null): HostReceipts;
  asCaller(peerId: PeerId, tell: Tell): CallerReceipts;
  /** Null where there is none. */
  of(id: CallId): Receipt | null;
  stop(): void;
}

export interface ReceiptsModules {
  readonly identity: Pick<Identity, 'privateKey' | 'peerId'>;
  readonly store: ReceiptStore;
  readonly nameOf: (peerId: PeerId) => string;
  /** Tells the person here of receipts that were not signed. */
  readonly notice: (id: string, level: 'info' | 'warning', text: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export const createReceipts = (modules: ReceiptsModules): Receipts => new ReceiptsRoom(modules);

export { verifyReceipt } from './verify-receipt.ts';
