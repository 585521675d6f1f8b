import { rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/wire.ts';
import type { MessageChannel } from '../network/index.ts';
import {
  textOf,
  writeError,
  writeNotification,
  writeResult,
  type MessageId,
  type Params,
  type RequestMessage,
} from './mcp-message.ts';
import { forCallersEra } from './mcp-session-answers.ts';
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

  /** `json` is the result as text, where it has been written out already. */
  result({ id, method, params }: RequestMessage, result: Params, json?: string): void {
    const completed = forCallersEra(method, params, result);
    const text = completed === result && json !== undefined ? json : textOf(completed);
    if (text === null) {
      this.error(id, tooDeep());
      return;
    }
    const line = writeResult(id, text);
    const bytes = Buffer.byteLength(line);
    if (bytes > MAX_MESSAGE_BYTES) {
      this.error(id, tooLong(bytes));
    } else if (this.#open && !this.#outbox.answer(line, bytes)) {
      this.error(id, tooMuchHeld());
    }
  }

  error(id: MessageId | null, error: ForeignError): void {
    let line = writeError(id, error);
    // `data` of an agent's own error may be of any size.
    if (Buffer.byteLength(line) > MAX_MESSAGE_BYTES) line = writeError(id, { ...error, data: undefined });
    if (this.#open) this.#outbox.answer(line, Buffer.byteLength(line));
  }

  notify(method: string, params: Params | undefined): void {
    if (this.#open) this.#outbox.tell(writeNotification(method, params));
  }

  /** Says no more. */
  end(): void {
    this.#open = false;
    this.#outbox.clear();
  }
}

export const tooDeep = (): RpcError =>
  rpcError(RpcCode.internal, 'bad-message', 'The message is nested too deeply to be passed on.');

const tooLong = (bytes: number): RpcError =>
  rpcError(RpcCode.internal, 'too-large', 'The answer is longer than a message may be.', { bytes });

const tooMuchHeld = (): RpcError =>
  rpcError(RpcCode.busy, 'too-large', 'Too many answers wait to be read; this one was dropped.');
