import type { CallView } from '../../../shared/calls.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { CallId } from '../../../shared/ids.ts';
import type { CallStore } from '../records/index.ts';
import { CallError, RefusedHere } from './call-error.ts';
import type { OutgoingRequest } from './index.ts';
import { textOf } from './mcp-message.ts';
import type { OutgoingSession } from './outgoing-session.ts';

/** The other side's words for where the call stands; see `STAGE_META`. */
export type Stage = 'waiting' | 'running';

/** The record of one call to a peer's agent, kept up as the call goes on. */
export class OutgoingCall {
  readonly #calls: CallStore;
  readonly #changed: (call: CallView) => void;
  readonly #requestText: string;
  readonly #startedAt = performance.now();
  #waitingSince = 0;
  /** Of the person here, where they were asked. */
  #ownDecision: Decision | null = null;
  #view: CallView;

  constructor(request: OutgoingRequest, calls: CallStore, changed: (call: CallView) => void) {
    this.#calls = calls;
    this.#changed = changed;
    const text = textOf(request.arguments);
    if (text === null) throw new CallError('INVALID', 'The arguments are nested too deeply to be sent.');
    this.#requestText = text;
    this.#view = {
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
      requestBytes: Buffer.byteLength(this.#requestText),
      responseBytes: 0,
      errorCode: null,
      error: null,
      toolError: false,
      changed: 'no',
      deadline: null,
      redeemable: false,
    };
  }

  /** As it stands in the records. */
  get view(): CallView {
    return this.#view;
  }

  get id(): CallId {
    return this.#view.id;
  }

  /** It waits for its turn to be sent. */
  queuedFor({ path, transport }: OutgoingSession['channel']): void {
    if (this.#view.status === 'received') this.#move({ path, transport });
  }

  /** It waits for the person here. */
  asking({ path, transport }: OutgoingSession['channel']): void {
    this.#waitingSince = performance.now();
    this.#move({ status: 'waiting', path, transport });
  }

  /** It is being sent, after this and maybe for the second time. `decision`: of the person here, where they were asked. */
  sentOver({ path, transport }: OutgoingSession['channel'], decision: Decision | null): void {
    this.#ownDecision = decision;
    this.#move({ status: 'running', path, transport, decision, waitMs: this.#waitedMs() });
  }

  stage(stage: Stage): void {
    if (stage === 'waiting' && this.#view.status === 'running') {
      this.#waitingSince = performance.now();
      this.#move({ status: 'waiting' });
    } else if (stage === 'running' && this.#view.status === 'waiting') {
      this.#move({ status: 'running', waitMs: this.#waitedMs() });
    }
  }

  answered(result: Record<string, unknown>, text: string, bytes: number): void {
    const patch = {
      status: 'answered',
      decision: this.#ownDecision ?? { effect: 'allow', by: 'theirs', ruleId: null },
      responseBytes: bytes,
      toolError: result['isError'] === true,
    } as const;
    this.#move({ ...patch, ...this.#times() }, text);
  }

  failed(error: CallError): void {
    if (error instanceof RefusedHere) {
      const patch = { decision: error.decision, error: error.message, waitMs: this.#waitedMs() };
      this.#move({ status: 'refused', ...patch });
      return;
    }
    const refused = error.rpc !== null && ['DENIED', 'EXPIRED', 'STOPPED', 'BUSY'].includes(error.code);
    this.#move({
      status: error.code === 'CANCELLED' ? 'cancelled' : refused ? 'refused' : 'failed',
      decision: refused ? { effect: 'deny', by: 'theirs', ruleId: null } : this.#ownDecision,
      errorCode: error.rpc?.code ?? null,
      error: error.message,
      ...this.#times(),
    });
  }

  #times(): Pick<CallView, 'waitMs' | 'runMs'> {
    const waitMs = this.#waitedMs();
    return { waitMs, runMs: Math.max(0, performance.now() - this.#startedAt - waitMs) };
  }

  #waitedMs(): number {
    const waiting = this.#view.status === 'waiting' ? performance.now() - this.#waitingSince : 0;
    return this.#view.waitMs + waiting;
  }

  #move(patch: Partial<CallView>, response?: string): void {
    this.#view = { ...this.#view, ...patch };
    const bodies = { request: this.#requestText };
    this.#calls.put(this.#view, response === undefined ? bodies : { ...bodies, response });
    this.#changed(this.#view);
  }
}
