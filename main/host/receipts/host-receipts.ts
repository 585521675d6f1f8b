import type { KeyObject } from 'node:crypto';
import type { PeerId } from '../../../shared/ids.ts';
import { CountersignedMessage, MAX_CALLS_IN_TREE, type ReceiptBody } from '../../../shared/receipts.ts';
import { RECEIPTS_METHOD } from '../../../shared/wire.ts';
import { answerHash, bodyText, hashOf } from './canonical.ts';
import type { EndedCall, HostReceipts, Tell } from './index.ts';
import { BATCH_BYTES, BATCH_MS, COUNTERSIGN_MS, TELL_AGAIN_MS, TELL_LATE_MS } from './limits.ts';
import { isSignedBy, peerKey } from './root-signature.ts';
import type { Shared } from './shared-by-streams.ts';
import { messageOf, treeOf, type Leaf, type SignedTree } from './signed-tree.ts';

/** Signs what has ended on one stream, many calls at a time, and waits for the caller to sign it too. */
export class HostOfStream implements HostReceipts {
  readonly #caller: PeerId;
  readonly #callersKey: KeyObject;
  readonly #tell: Tell | null;
  readonly #shared: Shared;
  readonly #closed: () => void;
  #ended: EndedCall[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #late: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** By root hash, the oldest first. */
  readonly #unsigned = new Map<
    string,
    { readonly tree: SignedTree; readonly toldAt: number; again: boolean }
  >();
  #open = true;

  constructor(caller: PeerId, tell: Tell | null, shared: Shared, closed: () => void) {
    this.#caller = caller;
    this.#callersKey = peerKey(caller);
    this.#tell = tell;
    this.#shared = shared;
    this.#closed = closed;
    if (tell !== null) this.#late = setTimeout(() => this.#tellLate(), TELL_LATE_MS).unref();
  }

  add(call: EndedCall): void {
    if (!this.#open) return;
    this.#ended.push(call);
    this.#bytes += call.bytes;
    if (this.#ended.length >= MAX_CALLS_IN_TREE || this.#bytes >= BATCH_BYTES) {
      // After this turn, so that answers which are being written go first.
      this.#soon ??= setImmediate(() => this.#flush());
    } else {
      this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
    }
  }

  countersigned(params: unknown): void {
    const message = CountersignedMessage.safeParse(params).data;
    // Of a tree that is not waited for any more, or never was, nothing is to be done.
    const tree = message === undefined ? undefined : this.#unsigned.get(message.root)?.tree;
    if (message === undefined || tree === undefined) return;
    this.#settle(tree);
    if ('unknown' in message) {
      this.#withoutUnknown(tree, new Set(message.unknown));
    } else if (isSignedBy(this.#callersKey, tree.text, message.signature)) {
      this.#shared.countersign(this.#caller, message.root, message.signature);
    } else {
      this.#shared.troubles.note(this.#caller, 'bad-signature', tree.leaves.length);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    clearTimeout(this.#late);
    clearTimeout(this.#deadline);
    for (const { tree } of this.#unsigned.values()) {
      this.#settle(tree);
      this.#shared.lateTrees.keep(this.#caller, tree);
    }
    this.#closed();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
    const ended = this.#ended;
    this.#ended = [];
    this.#bytes = 0;
    if (this.#tell !== null) this.#tellLate();
    const leaves = ended.flatMap((call) => this.#leafOf(call) ?? []);
    for (let at = 0; at < leaves.length; at += MAX_CALLS_IN_TREE) {
      this.#sign(leaves.slice(at, at + MAX_CALLS_IN_TREE), { again: false, late: false });
    }
  }

  /** Null where there is no canonical form of what was asked or answered, or where it does not fit a receipt. */
  #leafOf(call: EndedCall): Leaf | null {
    const { callId, rpcId, agent, tool, nonce, outcome, effect, by, changed } = call;
    const requestHash = hashOf(call.request);
    const resultHash = answerHash(outcome, call.response);
    if (requestHash === null || resultHash === null || !isShort(tool, 2300) || !isShort(nonce, 300)) {
      this.#shared.troubles.note(this.#caller, 'unmade', 1);
      return null;
    }
    // Whole milliseconds that rise, whatever was done to the clock meanwhile.
    const receivedAt = Math.floor(call.receivedAt);
    const decidedAt = Math.max(receivedAt, Math.floor(call.decidedAt));
    const endedAt = Math.max(decidedAt, Math.floor(call.endedAt));
    const between = { caller: this.#caller, host: this.#shared.ownPeerId };
    const told = { agent, tool, nonce, outcome, effect, by, changed };
    const hashes = { requestHash, resultHash };
    const body: ReceiptBody = { v: 1, ...between, ...told, ...hashes, receivedAt, decidedAt, endedAt };
    return { callId, rpcId, body, text: bodyText(body) };
  }

  #sign(leaves: readonly Leaf[], kind: Pick<SignedTree, 'again' | 'late'>): void {
    const [first, ...rest] = leaves;
    if (first === undefined) return;
    const { keep, sign, now } = this.#shared;
    const tree = treeOf([first, ...rest], { ...kind, sign, now: Math.floor(now()) });
    const bodies = leaves.map(({ callId, text }) => ({ callId, body: text }));
    const signatures = { hostSignature: tree.signature, callerSignature: null };
    const kept = keep({ direction: 'in', peerId: this.#caller, root: tree.text, bodies, ...signatures });
    if (kept) this.#tellOf(tree);
  }

  #tellOf(tree: SignedTree): void {
    if (this.#tell === null) return;
    this.#unsigned.set(tree.root.root, { tree, toldAt: performance.now(), again: false });
    this.#shared.unsigned.add(this.#caller, tree, () => this.#missing(tree));
    this.#deadline ??= setTimeout(() => this.#sweep(), TELL_AGAIN_MS).unref();
    this.#tell(RECEIPTS_METHOD, messageOf(tree));
  }

  #tellLate(): void {
    for (const tree of this.#shared.lateTrees.take(this.#caller)) {
      this.#tellOf({ ...tree, late: true });
    }
  }

  /** The caller has had no answer to some of the calls: of those only this host says what happened. */
  #withoutUnknown(tree: SignedTree, unknown: ReadonlySet<string | number>): void {
    const known = tree.leaves.filter(({ rpcId, body }) => !unknown.has(tree.late ? body.nonce : rpcId));
    const fewer = known.length < tree.leaves.length;
    // Of lost streams it may have had all answers again, on another stream, with other receipts.
    // Otherwise once only: who goes on like that does not want to sign.
    if (known.length === 0 && tree.late) return;
    if (fewer && known.length > 0 && !tree.again) this.#sign(known, { again: true, late: tree.late });
    else this.#shared.troubles.note(this.#caller, 'unsigned', tree.leaves.length);
  }

  /** Says it once more where it may have been lost: what is told to a caller that reads slowly may be dropped. */
  #sweep(): void {
    this.#deadline = undefined;
    const now = performance.now();
    let next = Infinity;
    for (const waiting of this.#unsigned.values()) {
      const { tree, toldAt } = waiting;
      if (now >= toldAt + COUNTERSIGN_MS) this.#missing(tree);
      else if (!waiting.again && now >= toldAt + TELL_AGAIN_MS) {
        waiting.again = true;
        this.#tell?.(RECEIPTS_METHOD, messageOf(tree));
      }
      if (this.#unsigned.has(tree.root.root))
        next = Math.min(next, toldAt + (waiting.again ? COUNTERSIGN_MS : TELL_AGAIN_MS) - now);
    }
    if (next < Infinity) this.#deadline = setTimeout(() => this.#sweep(), next).unref();
  }

  #missing(tree: SignedTree): void {
    this.#settle(tree);
    this.#shared.troubles.note(this.#caller, 'unsigned', tree.leaves.length);
  }

  #settle(tree: SignedTree): void {
    this.#unsigned.delete(tree.root.root);
    this.#shared.unsigned.remove(this.#caller, tree);
  }
}

const isShort = (text: string, length: number): boolean => text.length <= length && text.isWellFormed();
