import { rpcError, RpcCode } from '../../../shared/errors.ts';
import type { IncomingModules } from './index.ts';
import { reasonFor } from './call-refusals.ts';
import type { Params, RequestMessage } from './mcp-message.ts';
import { passedMeta } from './protocol-meta.ts';
import type { StreamOfCalls } from './session-calls.ts';

/** Lists that the agent is asked for at once on one stream. */
const MAX_LISTS_IN_FLIGHT = 16;
/** Lists are answered by the agent in this time, or not at all. */
const LIST_TIMEOUT_MS = 30_000;

/** The lists of tools, prompts and resources that are asked for on one stream. They pass no gate. */
export class SessionLists {
  readonly #stream: Pick<StreamOfCalls, 'agent' | 'answers' | 'inFlight' | 'done'>;
  readonly #modules: Pick<IncomingModules, 'agents'>;
  #count = 0;

  constructor(
    stream: Pick<StreamOfCalls, 'agent' | 'answers' | 'inFlight' | 'done'>,
    modules: Pick<IncomingModules, 'agents'>,
  ) {
    this.#stream = stream;
    this.#modules = modules;
  }

  begin(request: RequestMessage): void {
    const { id, method, params } = request;
    const { agent, answers, inFlight } = this.#stream;
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
    void running.answer.then((answer) => {
      this.#count -= 1;
      this.#stream.done(id);
      if (cancelled) return;
      if ('error' in answer) answers.error(id, answer.error);
      else answers.result(request, answer.result);
    });
  }
}

/** Of a list's parameters only the place to go on from, and the protocol's own metadata. */
const listParams = (params: Params | undefined): Params => {
  const cursor = params?.['cursor'];
  return { ...(typeof cursor === 'string' ? { cursor } : {}), ...passedMeta(params?.['_meta']) };
};
