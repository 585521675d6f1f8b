import type { CallView } from '../../../shared/calls.ts';
import type { CallBodies, RecordsError } from '../records/index.ts';
import type { IncomingCallStart } from './incoming-call.ts';
import type { IncomingModules } from './index.ts';
import type { CallFacts } from './kept-answer.ts';
import { textOf } from './mcp-message.ts';

/** The record of one incoming call, kept up as the call goes on. */
export class IncomingRecord {
  view: CallView;
  /** Whoever asked has gone, and may come back. */
  isAway = false;
  /** The arguments that the person made of those that were sent. */
  edited: Record<string, unknown> | null = null;
  readonly #start: Pick<IncomingCallStart, 'agent' | 'keepBodies' | 'target'>;
  readonly #modules: Pick<IncomingModules, 'calls' | 'agents'>;
  readonly #changed: (call: CallView) => void;
  readonly #requestText: string | null;

  constructor(
    start: IncomingCallStart,
    modules: Pick<IncomingModules, 'calls' | 'agents'>,
    changed: (call: CallView) => void,
  ) {
    this.#start = start;
    this.#modules = modules;
    this.#changed = changed;
    this.#requestText = textOf(start.target.args);
    this.view = {
      id: modules.calls.nextId(),
      direction: 'in',
      peerId: start.channel.peerId,
      agent: start.agent,
      tool: start.target.tool,
      path: start.channel.path,
      transport: start.channel.transport,
      status: 'received',
      decision: null,
      at: Date.now(),
      waitMs: 0,
      runMs: null,
      requestBytes: start.bytes,
      responseBytes: 0,
      errorCode: null,
      error: null,
      toolError: false,
      changed: 'no',
      deadline: null,
      redeemable: false,
    };
  }

  /** False: the arguments are nested too deeply to be written down. */
  get holdsRequest(): boolean {
    return this.#requestText !== null;
  }

  /** Notes what is written with the next step. */
  note(patch: Partial<CallView>): void {
    this.view = { ...this.view, ...patch };
  }

  move(patch: Partial<CallView>): void {
    this.note(patch);
    this.#modules.calls.put(this.view, this.#bodies());
    this.emit();
  }

  /** The last step. `written` is called once it is in the database, or cannot be. */
  end(patch: Partial<CallView>, response: string, written: (problem: RecordsError | null) => void): void {
    this.note({ ...patch, responseBytes: Buffer.byteLength(response), deadline: null });
    this.#modules.calls.put(this.view, { ...this.#bodies(), ...this.#kept(response) }, written);
    this.emit();
  }

  /** That somebody may come back for it holds for this run only, and is not written down. */
  emit(): void {
    const redeemable = this.isAway && this.view.status !== 'cancelled';
    this.#changed(redeemable ? { ...this.view, redeemable } : this.view);
  }

  /** What a receipt says of it. `decidedAt` is 0 where it ended before. */
  facts(decidedAt: number, endedAt: number): CallFacts {
    const { id, tool, decision, at, changed, requestBytes, responseBytes } = this.view;
    return {
      callId: id,
      agent: this.#start.agent,
      tool,
      request: this.#start.target.sent,
      effect: decision?.effect ?? 'deny',
      by: decision?.by ?? 'withdrawn',
      changed,
      receivedAt: at,
      decidedAt: decidedAt === 0 ? endedAt : decidedAt,
      endedAt,
      bytes: requestBytes + responseBytes,
    };
  }

  #bodies(): CallBodies {
    if (!this.#start.keepBodies || this.#requestText === null) return {};
    const edited = this.edited === null ? null : textOf(this.edited);
    const keep = this.#modules.agents.bodies(this.#start.agent) ?? undefined;
    return edited === null
      ? { request: this.#requestText, keep }
      : { request: this.#requestText, edited, keep };
  }

  #kept(response: string): CallBodies {
    return this.#start.keepBodies ? { response } : {};
  }
}
