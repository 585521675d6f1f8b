import { rpcError, RpcCode } from '../../../shared/errors.ts';
import type { AgentAnswer } from '../agents/index.ts';
import type { IncomingModules } from './index.ts';
import { listsPaused, notCarriedOut, reasonFor } from './call-refusals.ts';
import type { Params, RequestMessage } from './mcp-message.ts';
import { passedMeta } from './protocol-meta.ts';
import type { StreamOfCalls } from './session-calls.ts';

/** Lists that the agent is asked for at once on one stream. */
const MAX_LISTS_IN_FLIGHT = 16;
/** Lists are answered by the agent in this time, or not at all. */
const LIST_TIMEOUT_MS = 30_000;

/**
 * The lists of tools, prompts and resources that are asked for on one stream. They pass no gate, but a peer that has used
 * up its budget gets none.
 */
export class SessionLists {
  readonly #stream: Pick<StreamOfCalls, 'agent' | 'answers' | 'channel' | 'inFlight' | 'done'>;
  readonly #modules: Pick<IncomingModules, 'agents' | 'gate'>;
  #count = 0;

  constructor(
    stream: Pick<StreamOfCalls, 'agent' | 'answers' | 'channel' | 'inFlight' | 'done'>,
    modules: Pick<IncomingModules, 'agents' | 'gate'>,
  ) {
    this.#stream = stream;
    this.#modules = modules;
  }

  begin(request: RequestMessage): void {
    const { id, method, params } = request;
    const { agent, answers, channel, inFlight } = this.#stream;
    const { pausedUntil } = this.#modules.gate.budgetOf(channel.peerId);
    if (pausedUntil !== null) {
      answers.error(id, listsPaused(pausedUntil));
      return;
    }
    if (this.#count >= MAX_LISTS_IN_FLIGHT) {
      answers.error(
        id,
        rpcError(RpcCode.busy, 'too-many-calls', 'Too many lists at once. Wait for one first.'),
      );
      return;
    }
    let cancelled = false;
    const sent = { method, params: listParams(params), timeoutMs: LIST_TIMEOUT_MS };
    const running = this.#modules.agents.request(agent, sent);
    this.#count += 1;
    inFlight.set(id, {
      cancel: (by) => {
        cancelled = by === 'caller' || by === 'gone';
        running.cancel(reasonFor(by));
      },
      lost: () => {
        cancelled = true;
        running.cancel(reasonFor('gone'));
      },
    });
    void running.answer
      .catch((cause: unknown): AgentAnswer => ({ error: notCarriedOut(cause) }))
      .then((answer) => {
        this.#count -= 1;
        this.#stream.done(id);
        if (cancelled) return;
        if ('error' in answer) answers.error(id, answer.error);
        else answers.result(request, answer.result);
      })
      .catch((cause: unknown) => answers.error(id, notCarriedOut(cause)));
  }
}

/** Of a list's parameters only the place to go on from, and the protocol's own metadata. */
const listParams = (params: Params | undefined): Params => {
  const cursor = params?.['cursor'];
  return { ...(typeof cursor === 'string' ? { cursor } : {}), ...passedMeta(params?.['_meta']) };
};
