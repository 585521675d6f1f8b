import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { DecidedBy } from '../../../shared/gate.ts';
import type { PeerId } from '../../../shared/ids.ts';
import { ReceiptsMessage, type ReceiptBody } from '../../../shared/receipts.ts';
import { CHANGED_META, COUNTERSIGNED_METHOD } from '../../../shared/wire.ts';
import { answerHash, bodyText, hashOf, rootText } from './canonical.ts';
import type { CallerReceipts, CallersView, Tell } from './index.ts';
import type { Answered } from './late-calls.ts';
import { BATCH_BYTES, BATCH_MS, CLOCK_MS, EARLY_MS, MAX_ANSWERED, MAX_EARLY } from './limits.ts';
import { leafHash, rootOf } from './merkle-tree.ts';
import { isSignedBy, peerKey } from './root-signature.ts';
import type { Shared } from './shared-by-streams.ts';

type Name = string | number;
/** A notice that came before the answers it is about. */
interface Early {
  readonly message: ReceiptsMessage;
  readonly timer: NodeJS.Timeout;
}
/** What a message says of one call, put together with what is known here. */
interface Rebuilt {
  readonly name: Name;
  readonly call: Answered;
  readonly body: ReceiptBody;
  readonly text: string;
}

const Answer = z.object({
  _meta: z.object({ [CHANGED_META]: z.enum(['arguments', 'result', 'both']) }),
});
const changedSaid = (response: unknown): ReceiptBody['changed'] =>
  Answer.safeParse(response).data?._meta[CHANGED_META] ?? 'no';

/** Of one call there is one receipt: two in a tree could contradict each other. */
const hasTwice = ({ calls, late }: ReceiptsMessage): boolean =>
  new Set(calls.map(([name]) => (late ? String(name) : name))).size < calls.length;

/** Whether what only the host can know fits what it said before: whoever signs it says so, too. */
function isConsistent({ call, body }: Rebuilt): boolean {
  if (!DecidedBy.safeParse(body.by).success || body.by === 'theirs') return false;
  if (body.outcome === 'result') return body.effect === 'allow' && body.changed === call.changed;
  return body.changed === 'no' || body.changed === 'arguments';
}

/** Rebuilds what the host of a stream has signed from what was asked and answered here, and signs what is equal. */
export class CallerOfStream implements CallerReceipts {
  readonly #host: PeerId;
  readonly #hostsKey: KeyObject;
  readonly #tell: Tell;
  readonly #shared: Shared;
  readonly #closed: () => void;
  #fresh: { readonly view: CallersView; readonly answeredAt: number }[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  /** Answered calls that no receipt has come of yet, the oldest first. */
  readonly #answered = new Map<Name, Answered>();
  readonly #early = new Set<Early>();
  #open = true;

  constructor(host: PeerId, tell: Tell, shared: Shared, closed: () => void) {
    this.#host = host;
    this.#hostsKey = peerKey(host);
    this.#tell = tell;
    this.#shared = shared;
    this.#closed = closed;
  }

  add(view: CallersView): void {
    if (!this.#open) return;
    this.#fresh.push({ view, answeredAt: this.#shared.now() });
    this.#bytes += view.bytes;
    if (this.#bytes >= BATCH_BYTES) this.#soon ??= setImmediate(() => this.#digest());
    else this.#timer ??= setTimeout(() => this.#digest(), BATCH_MS);
  }

  received(params: unknown): void {
    if (!this.#open) return;
    const message = ReceiptsMessage.safeParse(params).data;
    if (message === undefined || !this.#isOfHost(message)) {
      this.#shared.troubles.note(this.#host, 'forged', 1);
      return;
    }
    const said = this.#shared.lateCalls.said(this.#host, message.root.root);
    if (said !== undefined) {
      this.#tell(COUNTERSIGNED_METHOD, { root: message.root.root, signature: said });
      return;
    }
    this.#digest();
    if (this.#unknownIn(message).length === 0) {
      this.#judge(message);
    } else if (message.late || this.#early.size >= MAX_EARLY) {
      this.#tellUnknown(message);
    } else {
      const timer = setTimeout(() => this.#cameTooEarly(early), EARLY_MS).unref();
      const early = { message, timer };
      this.#early.add(early);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#digest();
    this.#open = false;
    for (const { timer } of this.#early) clearTimeout(timer);
    this.#early.clear();
    for (const call of this.#answered.values()) this.#shared.lateCalls.keep(this.#host, call);
    this.#answered.clear();
    this.#closed();
  }

  #isOfHost({ root, signature, calls, ways }: ReceiptsMessage): boolean {
    return (
      root.caller === this.#shared.ownPeerId &&
      root.host === this.#host &&
      root.count === calls.length &&
      calls.every(([, way]) => way < ways.length) &&
      isSignedBy(this.#hostsKey, rootText(root), signature)
    );
  }

  /** Keeps of each answered call no more than its hashes. */
  #digest(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#bytes = 0;
    for (const { view, answeredAt } of fresh) {
      const { callId, rpcId, agent, tool, nonce, outcome, sentAt } = view;
      const requestHash = hashOf(view.request);
      const resultHash = answerHash(outcome, view.response);
      if (requestHash === null || resultHash === null) {
        this.#shared.troubles.note(this.#host, 'unmade', 1);
        continue;
      }
      const changed = outcome === 'error' ? null : changedSaid(view.response);
      const known = { callId, agent, tool, nonce, outcome, changed, sentAt, answeredAt };
      this.#answered.set(rpcId, { ...known, requestHash, resultHash });
    }
    for (const name of this.#answered.keys()) {
      if (this.#answered.size <= MAX_ANSWERED) break;
      this.#answered.delete(name);
    }
    for (const early of this.#early) {
      if (this.#unknownIn(early.message).length > 0) continue;
      this.#early.delete(early);
      clearTimeout(early.timer);
      this.#judge(early.message);
    }
  }

  #knownOf(name: Name, late: boolean): Answered | undefined {
    return late ? this.#shared.lateCalls.get(this.#host, String(name)) : this.#answered.get(name);
  }

  #unknownIn({ calls, late }: ReceiptsMessage): Name[] {
    return calls.flatMap(([name]) => (this.#knownOf(name, late) === undefined ? [name] : []));
  }

  #cameTooEarly(early: Early): void {
    if (!this.#early.delete(early)) return;
    this.#tellUnknown(early.message);
  }

  #tellUnknown(message: ReceiptsMessage): void {
    this.#tell(COUNTERSIGNED_METHOD, { root: message.root.root, unknown: this.#unknownIn(message) });
  }

  #judge(message: ReceiptsMessage): void {
    const { root, signature, late } = message;
    const calls = this.#rebuild(message);
    for (const { name, call } of calls) {
      if (late) this.#shared.lateCalls.remove(this.#host, call.nonce);
      else this.#answered.delete(name);
    }
    const isTheRoot = rootOf(calls.map(({ text }) => leafHash(text))) === root.root;
    if (!isTheRoot || hasTwice(message) || !calls.every(isConsistent)) {
      this.#shared.troubles.note(this.#host, 'mismatch', calls.length);
      return;
    }
    if (!this.#arePlausible(root.at, calls)) {
      this.#shared.troubles.note(this.#host, 'times', calls.length);
      return;
    }
    const text = rootText(root);
    const callerSignature = this.#shared.sign(text);
    const kept = this.#shared.keep({
      direction: 'out',
      peerId: this.#host,
      root: text,
      bodies: calls.map((rebuilt) => ({ callId: rebuilt.call.callId, body: rebuilt.text })),
      hostSignature: signature,
      callerSignature,
    });
    if (!kept) return;
    this.#shared.lateCalls.say(this.#host, root.root, callerSignature);
    this.#tell(COUNTERSIGNED_METHOD, { root: root.root, signature: callerSignature });
  }

  /** What only the host can know is taken from it; all else is what was asked and answered here. */
  #rebuild({ root, ways, calls, late }: ReceiptsMessage): Rebuilt[] {
    const between = { caller: this.#shared.ownPeerId, host: this.#host };
    return calls.flatMap(([name, way, before, waited, ran]) => {
      const call = this.#knownOf(name, late);
      const said = ways[way];
      if (call === undefined || said === undefined) return [];
      const { agent, tool, nonce, requestHash, resultHash, outcome } = call;
      const receivedAt = root.at - before;
      const decidedAt = receivedAt + waited;
      const endedAt = decidedAt + ran;
      const own = { agent, tool, nonce, requestHash, resultHash };
      const times = { receivedAt, decidedAt, endedAt };
      const body: ReceiptBody = { v: 1, ...between, ...said, ...own, outcome, ...times };
      return [{ name, call, body, text: bodyText(body) }];
    });
  }

  #arePlausible(signedAt: number, calls: readonly Rebuilt[]): boolean {
    return (
      signedAt <= this.#shared.now() + CLOCK_MS &&
      calls.every(
        ({ call, body }) =>
          body.endedAt <= signedAt &&
          body.receivedAt >= call.sentAt - CLOCK_MS &&
          body.endedAt <= call.answeredAt + CLOCK_MS,
      )
    );
  }
}
