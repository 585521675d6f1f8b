import type { ToolAnnotations } from '../../../shared/agents.ts';
import { RpcCode, type RpcError } from '../../../shared/errors.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { CallId } from '../../../shared/ids.ts';
import type { GateOutcome } from '../gate/index.ts';
import { RefusedHere, type CallError } from './call-error.ts';
import type { OutgoingModules, OutgoingRequest } from './index.ts';
import { abortedError } from './or-aborted.ts';

/** Whatever a peer says of its tool makes it no safer here, least of all in plain text. */
const WORST: ToolAnnotations = {
  readOnly: false,
  destructive: true,
  idempotent: false,
  openWorld: true,
  stated: false,
};

/** The tool is the peer's: what it is cannot be pinned here. */
const THEIRS = { pin: null, source: '' } as const;

/** Leave to send one call of ours over a legacy link: asked for each time, and good for one sending. */
export class LegacyPermission {
  readonly #modules: Pick<OutgoingModules, 'gate' | 'peers'>;
  readonly #request: OutgoingRequest;
  readonly #callId: CallId;
  #granted: Extract<GateOutcome, { effect: 'allow' }> | null = null;

  constructor(modules: Pick<OutgoingModules, 'gate' | 'peers'>, request: OutgoingRequest, callId: CallId) {
    this.#modules = modules;
    this.#request = request;
    this.#callId = callId;
  }

  /** Given, and not used yet. */
  get granted(): boolean {
    return this.#granted !== null;
  }

  /**
   * Asks the person here. `waiting` is told until when where it is not decided at once, and again where that moves.
   * @throws {CallError}
   */
  async ask(signal: AbortSignal, waiting: (deadline: number) => void): Promise<void> {
    const { gate, peers } = this.#modules;
    const { peerId, agent, tool, arguments: args } = this.#request;
    const verdict = gate.decide({
      direction: 'out',
      callId: this.#callId,
      peerId,
      trust: peers.trust(peerId),
      path: 'legacy',
      agent,
      tool,
      args,
      annotations: WORST,
      ...THEIRS,
    });
    if (verdict.kind === 'decided') {
      this.#decided(verdict.outcome);
      return;
    }
    waiting(verdict.deadline);
    verdict.onDeadline = waiting;
    const withdraw = (): void => verdict.cancel();
    signal.addEventListener('abort', withdraw, { once: true });
    if (signal.aborted) withdraw();
    try {
      const outcome = await verdict.outcome;
      if (signal.aborted) throw abortedError(signal);
      this.#decided(outcome);
    } finally {
      signal.removeEventListener('abort', withdraw);
    }
  }

  /**
   * Uses it up, right before the call is sent: with the arguments that were shown, or those that the person made of them,
   * or not at all.
   * @returns `edited`: those, as JSON text; null: as they were shown
   * @throws {RefusedHere}
   */
  use(): { readonly decision: Decision; readonly edited: string | null } {
    const granted = this.#granted;
    this.#granted = null;
    if (granted === null) throw new Error('Nobody was asked for this permission.');
    const { decision, edited } = granted;
    const args = edited ? granted.args : this.#request.arguments;
    const error = granted.check({ args, ...THEIRS });
    if (error !== null) throw uncheckedError(error, decision);
    return { decision, edited: edited ? JSON.stringify(args) : null };
  }

  #decided(outcome: GateOutcome): void {
    if (outcome.effect === 'deny') throw refusedHere(outcome.decision, outcome.error);
    this.#granted = outcome;
  }
}

const uncheckedError = (error: RpcError, decision: Decision): RefusedHere =>
  error.code === RpcCode.stopped
    ? new RefusedHere('STOPPED', 'Everything is stopped here. Resume first.', { ...decision, by: 'stopped' })
    : new RefusedHere(
        'DENIED',
        'The arguments are no longer those that were allowed here, so nothing was sent. Call again.',
        decision,
      );

/** The gate's own sentences are for callers elsewhere; this one is here. */
function refusedHere(decision: Decision, error: RpcError): RefusedHere {
  const [code, message] = inWords(decision, error);
  return new RefusedHere(code, message, decision);
}

function inWords({ by }: Decision, error: RpcError): [CallError['code'], string] {
  switch (by) {
    case 'person':
      return ['DENIED', 'This call was denied here, so nothing was sent to the peer.'];
    case 'expired':
      return [
        'EXPIRED',
        'Nobody here allowed this call in time, so nothing was sent. Call again when somebody is here.',
      ];
    case 'stopped':
      return ['STOPPED', 'Everything is stopped here. Resume first.'];
    case 'blocked':
      return ['DENIED', 'This peer is blocked here, so nothing was sent.'];
    case 'withdrawn':
      return error.code === RpcCode.unavailable
        ? ['UNAVAILABLE', 'Gatehouse is closing here, so nothing was sent.']
        : ['DENIED', 'The peer was taken from the contacts here while this call waited. Nothing was sent.'];
    case 'limits':
      return error.code === RpcCode.invalidParams
        ? [
            'INVALID',
            'The arguments cannot be shown to a person: they are nested too deeply or hold broken characters.',
          ]
        : ['BUSY', 'Too many calls wait for an answer here already. Give one first, then call again.'];
    case 'quiet':
      return ['BUSY', 'Nobody is to be disturbed here now, so nothing was sent. Call again later.'];
    case 'unknown-peer':
    case 'budget':
    case 'rule':
    case 'default':
    case 'theirs':
      return ['DENIED', 'This call is not allowed here, so nothing was sent.'];
    default:
      return by satisfies never;
  }
}
