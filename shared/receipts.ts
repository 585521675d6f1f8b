import { z } from 'zod';
import { AgentName, CallId, PeerId, Sha256Hex, Time } from './ids.ts';

/**
 * What both sides sign of one decided call. The leaf of a Merkle tree (RFC 9162, section 2.1) is its canonical JSON
 * (RFC 8785). Hashes are SHA-256 of the canonical JSON of the arguments (as they were sent) and of the result or error
 * (as it was answered). Times are milliseconds since 1970 on the clock of the host of the agent.
 */
export const ReceiptBody = z.strictObject({
  v: z.literal(1),
  /** Who called. */
  caller: PeerId,
  /** Whose agent it was. */
  host: PeerId,
  agent: AgentName,
  tool: z.string().max(2300),
  /** The caller's name for the call: its ticket, or its JSON-RPC id as JSON. */
  nonce: z.string().max(300),
  requestHash: Sha256Hex,
  resultHash: Sha256Hex,
  outcome: z.enum(['result', 'error']),
  effect: z.enum(['allow', 'deny']),
  /** As `DecidedBy`. */
  by: z.string().max(40),
  /** The person changed the arguments, or the result. */
  changed: z.enum(['no', 'arguments', 'result', 'both']),
  receivedAt: Time,
  decidedAt: Time,
  endedAt: Time,
});
export type ReceiptBody = z.infer<typeof ReceiptBody>;

const Signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/);
/** Receipts are signed many at a time: what is signed is the root of a tree of them. */
export const ReceiptRoot = z.strictObject({
  v: z.literal(1),
  caller: PeerId,
  host: PeerId,
  root: Sha256Hex,
  count: z.int().min(1).max(1024),
  at: Time,
});
export type ReceiptRoot = z.infer<typeof ReceiptRoot>;

/** One receipt, as it is exported: all that is needed to check it without us. */
export const Receipt = z.strictObject({
  kind: z.literal('gatehouse-receipt'),
  body: ReceiptBody,
  root: ReceiptRoot,
  index: z.int().nonnegative(),
  /** Hashes from the leaf up (RFC 9162, section 2.1.3). */
  path: z.array(Sha256Hex).max(10),
  /** Ed25519, base64url, over `gatehouse-receipts/1\n` and the canonical JSON of `root`. */
  hostSignature: Signature,
  /** Null: the caller has not signed, or not yet. */
  callerSignature: Signature.nullable(),
});
export type Receipt = z.infer<typeof Receipt>;

/** Most calls in one tree that this program makes. */
export const MAX_CALLS_IN_TREE = 256;

const RpcId = z.union([z.string().max(300), z.number()]);

/**
 * `RECEIPTS_METHOD`, from the host of the agent: the signed root of a tree, and of each call what its caller cannot know
 * itself. The caller rebuilds the leaves from what it asked and got.
 */
export const ReceiptsMessage = z.strictObject({
  root: ReceiptRoot,
  signature: Signature,
  /** True: of a stream that has ended. The calls are named by their nonces, which are tickets then. */
  late: z.boolean(),
  /** How the calls were decided and ended, each way once. */
  ways: z
    .array(ReceiptBody.pick({ outcome: true, effect: true, by: true, changed: true }))
    .min(1)
    .max(1024),
  /**
   * In the order of the tree: the JSON-RPC id on this stream, which of `ways`, and in milliseconds: how long before `root.at`
   * it was received, then decided after that, then ended after that.
   */
  calls: z
    .array(
      z.tuple([
        RpcId,
        z.int().nonnegative(),
        z.int().nonnegative(),
        z.int().nonnegative(),
        z.int().nonnegative(),
      ]),
    )
    .min(1)
    .max(1024),
});
export type ReceiptsMessage = z.infer<typeof ReceiptsMessage>;

/**
 * `COUNTERSIGNED_METHOD`, from the caller, about the tree with this root hash: its signature; or the names of calls that it
 * has had no answer to. The host then signs a tree of the others.
 */
export const CountersignedMessage = z.union([
  z.strictObject({ root: Sha256Hex, signature: Signature }),
  z.strictObject({ root: Sha256Hex, unknown: z.array(RpcId).min(1).max(1024) }),
]);
export type CountersignedMessage = z.infer<typeof CountersignedMessage>;

/** What checking a receipt found. */
export const ReceiptCheck = z.strictObject({
  ok: z.boolean(),
  signedBy: z.array(z.enum(['host', 'caller'])),
  /** Each with what is wrong, in a sentence. Empty where it is sound. */
  problems: z.array(z.string()),
  body: ReceiptBody.nullable(),
});
export type ReceiptCheck = z.infer<typeof ReceiptCheck>;

/** What checking the chain of records found. */
export const ChainCheck = z.strictObject({
  ok: z.boolean(),
  entries: z.int().nonnegative(),
  calls: z.int().nonnegative(),
  /** Deleted by age or size, as the chain itself says. */
  deleted: z.int().nonnegative(),
  /** The first 100 findings. */
  problems: z.array(
    z.strictObject({
      kind: z.enum(['removed', 'changed', 'reordered', 'added', 'bad-signature', 'cut-off', 'unreadable']),
      /** The entry of the chain, and the call, where it is about one. */
      entry: z.int().nullable(),
      callId: CallId.nullable(),
      text: z.string(),
    }),
  ),
  /** Up to when the chain is signed by the key of this installation. */
  signedUntil: Time.nullable(),
});
export type ChainCheck = z.infer<typeof ChainCheck>;
