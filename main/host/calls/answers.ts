import { rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/wire.ts';
import type { MessageChannel } from '../network/index.ts';
import { errorAnswer, resultAnswer, tooDeep, type CallAnswer } from './call-answer.ts';
import {
  textOf,
  writeAnswer,
  writeNotification,
  writeRequest,
  type MessageId,
  type Params,
  type RequestMessage,
} from './mcp-message.ts';
import { Outbox, type HeldBytes } from './outbox.ts';

/** What is said to one caller. Whatever cannot be said as it is becomes an error, so that each request ends. */
export class Answers {
  readonly #outbox: Outbox;
  #open = true;

  constructor(channel: MessageChannel, held: HeldBytes) {
    this.#outbox = new Outbox(channel, held);
  }

  /** Nothing is held for a caller that reads slowly. */
  get isEmpty(): boolean {
    return this.#outbox.isEmpty;
  }

  /** Grows while the caller reads what was held for it. */
  get readings(): number {
    return this.#outbox.readings;
  }

  set onEmpty(listener: () => void) {
    this.#outbox.onEmpty = listener;
  }

  result(request: RequestMessage, result: Params): void {
    const json = textOf(result);
    this.say(request.id, json === null ? errorAnswer(tooDeep()) : resultAnswer(request, result, json));
  }

  error(id: MessageId | null, error: ForeignError): void {
    this.say(id, errorAnswer(error));
  }

  /** @returns what was said: an error in the place of an answer that is too much */
  say(id: MessageId | null, answer: CallAnswer): CallAnswer {
    const line = writeAnswer(id, answer.tail);
    const bytes = Buffer.byteLength(line);
    if (bytes > MAX_MESSAGE_BYTES) return this.#sayInstead(id, answer, tooLong(bytes));
    if (this.#open && !this.#outbox.answer(line, bytes)) return this.#sayInstead(id, answer, tooMuchHeld());
    return answer;
  }

  notify(method: string, params: Params | undefined): void {
    if (this.#open) this.#outbox.tell(writeNotification(method, params));
  }

  /** Asks the caller something, which it may miss where it does not read. */
  ask(id: MessageId, method: string): void {
    if (this.#open) this.#outbox.tell(writeRequest(id, method, undefined));
  }

  /** Says no more. */
  end(): void {
    this.#open = false;
    this.#outbox.clear();
  }

  #sayInstead(id: MessageId | null, { response, outcome }: CallAnswer, error: RpcError): CallAnswer {
    // `data` of an agent's own error may be of any size.
    const instead =
      outcome === 'error' && isError(response)
        ? errorAnswer({ code: response.code, message: response.message })
        : errorAnswer(error);
    const line = writeAnswer(id, instead.tail);
    if (this.#open) this.#outbox.answer(line, Buffer.byteLength(line));
    return instead;
  }
}

const isError = (value: unknown): value is ForeignError =>
  typeof value === 'object' && value !== null && 'code' in value && 'message' in value;

const tooLong = (bytes: number): RpcError =>
  rpcError(RpcCode.internal, 'too-large', 'The answer is longer than a message may be.', { bytes });

const tooMuchHeld = (): RpcError =>
  rpcError(RpcCode.busy, 'too-large', 'Too many answers wait to be read; this one was dropped.');
