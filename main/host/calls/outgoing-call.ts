import type { CallView } from '../../../shared/calls.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { CallId } from '../../../shared/ids.ts';
import { CHANGED_META } from '../../../shared/wire.ts';
import type { CallStore } from '../records/index.ts';
import { CallError, RefusedHere } from './call-error.ts';
import type { OutgoingRequest } from './index.ts';
import { isRecord, textOf, type Params } from './mcp-message.ts';
import type { OutgoingSession } from './outgoing-session.ts';
import type { StageTold } from './stage-told.ts';

/** Steps of one call that are recorded, since the other side may tell any number of them. */
const MAX_STEPS = 200;

/** The record of one call to a peer's agent, kept up as the call goes on. */
export class OutgoingCall {
  /** When it was first sent, in milliseconds since 1970. */
  sentAt = 0;
  readonly #calls: CallStore;
  readonly #changed: (call: CallView) => void;
  readonly #requestText: string;
  readonly #startedAt = performance.now();
  #edited: string | null = null;
  #waitingSince = 0;
  #steps = 0;
  /** Of the person here, where they were asked. */
  #ownDecision: Decision | null = null;
  #view: CallView;

  private constructor(
    view: CallView,
    requestText: string,
    calls: CallStore,
    changed: (call: CallView) => void,
  ) {
    this.#view = view;
    this.#requestText = requestText;
    this.#calls = calls;
    this.#changed = changed;
  }

  /** A new one. @throws {CallError} INVALID */
  static begin(request: OutgoingRequest, calls: CallStore, changed: (call: CallView) => void): OutgoingCall {
    const text = textOf(request.arguments);
    if (text === null) throw new CallError('INVALID', 'The arguments are nested too deeply to be sent.');
    const view: CallView = {
      id: calls.nextId(),
      direction: 'out',
      peerId: request.peerId,
      agent: request.agent,
      tool: request.tool,
      path: null,
      transport: null,
      status: 'received',
      decision: null,
      at: Date.now(),
      waitMs: 0,
      runMs: null,
      requestBytes: Buffer.byteLength(text),
      responseBytes: 0,
      errorCode: null,
      error: null,
      toolError: false,
      changed: 'no',
      deadline: null,
      redeemable: false,
    };
    return new OutgoingCall(view, text, calls, changed);
  }

  /** One of earlier whose answer was lost; `requestText` is empty where the records keep none. */
  static goOn(
    view: CallView,
    requestText: string | null,
    calls: CallStore,
    changed: (call: CallView) => void,
  ): OutgoingCall {
    const call = new OutgoingCall(view, requestText ?? '', calls, changed);
    call.sentAt = view.at;
    return call;
  }

  /** As it stands in the records. */
  get view(): CallView {
    return this.#view;
  }

  get id(): CallId {
    return this.#view.id;
  }

  /** The arguments as JSON text. */
  get requestText(): string {
    return this.#edited ?? this.#requestText;
  }

  /** It waits for its turn to be sent. */
  queuedFor({ path, transport }: OutgoingSession['channel']): void {
    if (this.#view.status === 'received') this.#move({ path, transport });
  }

  /** It waits for the person here. */
  asking({ path, transport }: OutgoingSession['channel'], deadline: number): void {
    if (this.#view.status !== 'waiting') this.#waitingSince = performance.now();
    this.#move({ status: 'waiting', path, transport, deadline });
  }

  /**
   * It is being sent, after this and maybe for the second time.
   * @param own what the person here decided, where they were asked, with the arguments that they made of it
   */
  sentOver(
    { path, transport }: OutgoingSession['channel'],
    own: { readonly decision: Decision; readonly edited: string | null } | null,
  ): void {
    this.#ownDecision = own?.decision ?? null;
    this.#edited = own?.edited ?? null;
    if (this.sentAt === 0) this.sentAt = Date.now();
    const changed = this.#edited === null ? 'no' : 'arguments';
    const waitMs = this.#waitedMs();
    const decision = this.#ownDecision;
    this.#move({ status: 'running', path, transport, decision, waitMs, changed, deadline: null });
  }

  /** It is asked over this link what came of it. */
  askedOver({ path, transport }: OutgoingSession['channel']): void {
    const { status, waitMs } = this.#view;
    const goesOn = status === 'waiting' || status === 'reviewing' || status === 'running';
    const again = { status: 'running', errorCode: null, error: null, redeemable: false } as const;
    this.#move(goesOn ? { path, transport } : { ...again, path, transport, waitMs });
  }

  /** Where it stands at the other side, which may say anything. */
  stage({ stage, deadline, changed }: StageTold): void {
    const { status, deadline: before } = this.#view;
    const goesOn = status === 'running' || status === 'waiting' || status === 'reviewing';
    const isNews = stage !== status || deadline !== before || (changed && this.#view.changed === 'no');
    if (!goesOn || !isNews || this.#steps >= MAX_STEPS) return;
    this.#steps += 1;
    const waitMs = this.#waitedMs();
    if (stage !== 'running') this.#waitingSince = performance.now();
    this.#move({
      status: stage,
      deadline,
      waitMs,
      changed: changed ? 'arguments' : this.#view.changed,
    });
  }

  answered(result: Params, text: string, bytes: number): void {
    this.#move(
      {
        ...this.#times(),
        status: 'answered',
        decision: this.#ownDecision ?? { effect: 'allow', by: 'theirs', ruleId: null },
        responseBytes: bytes,
        toolError: result['isError'] === true,
        changed: changedTold(result) ?? this.#view.changed,
        deadline: null,
        redeemable: false,
        errorCode: null,
        error: null,
      },
      text,
    );
  }

  /** @param redeemable the other side can still be asked what came of it */
  failed(error: CallError, redeemable = false): void {
    if (error instanceof RefusedHere) {
      const patch = { decision: error.decision, error: error.message, waitMs: this.#waitedMs() };
      this.#move({ ...patch, status: 'refused', deadline: null, redeemable: false });
      return;
    }
    const refused = error.rpc !== null && ['DENIED', 'EXPIRED', 'STOPPED', 'BUSY'].includes(error.code);
    this.#move({
      ...this.#times(),
      status: error.code === 'CANCELLED' ? 'cancelled' : refused ? 'refused' : 'failed',
      decision: refused ? { effect: 'deny', by: 'theirs', ruleId: null } : this.#ownDecision,
      errorCode: error.rpc?.code ?? null,
      error: error.message,
      deadline: null,
      redeemable,
    });
  }

  #times(): Pick<CallView, 'waitMs' | 'runMs'> {
    const waitMs = this.#waitedMs();
    return { waitMs, runMs: Math.max(0, performance.now() - this.#startedAt - waitMs) };
  }

  #waitedMs(): number {
    const isWaiting = this.#view.status === 'waiting' || this.#view.status === 'reviewing';
    return this.#view.waitMs + (isWaiting ? performance.now() - this.#waitingSince : 0);
  }

  #move(patch: Partial<CallView>, response?: string): void {
    this.#view = { ...this.#view, ...patch };
    this.#calls.put(this.#view, {
      ...(this.#requestText === '' ? {} : { request: this.#requestText }),
      ...(this.#edited === null ? {} : { edited: this.#edited }),
      ...(response === undefined ? {} : { response }),
    });
    this.#changed(this.#view);
  }
}

/** What the other side says that its person changed. */
function changedTold(result: Params): CallView['changed'] | null {
  const meta = result['_meta'];
  const told = isRecord(meta) ? meta[CHANGED_META] : undefined;
  return told === 'arguments' || told === 'result' || told === 'both' ? told : null;
}
