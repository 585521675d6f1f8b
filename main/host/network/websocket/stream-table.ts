import {
  StreamResetError,
  TooManyOutboundProtocolStreamsError,
  UnsupportedProtocolError,
} from '@libp2p/interface';
import type { NewStreamOptions, Stream } from '@libp2p/interface';
import type { z } from 'zod';
import { RpcCode, rpcError } from '../../../../shared/errors.ts';
import type { RpcError } from '../../../../shared/errors.ts';
import { MAX_STREAMS_PER_LINK, STREAM_WINDOW_BYTES } from '../limits.ts';
import {
  CreditParams,
  DataParams,
  OpenParams,
  OpenResult,
  StreamMethod,
  StreamParams,
} from './gatehouse-methods.ts';
import type { End } from './nonces.ts';
import { writeNotification } from './rpc.ts';
import type { RequestTable } from './request-table.ts';
import { WebSocketStream } from './web-socket-stream.ts';
import type { StreamWire } from './web-socket-stream.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

export interface StreamTableParts {
  /** Which one we are. */
  readonly end: End;
  readonly wire: StreamWire;
  readonly requests: RequestTable;
  /** Answers a stream that the peer opened; null: nothing of that name is answered. */
  answerTo(protocol: string): ((stream: Stream) => void) | null;
}

/** The streams of one connection, in both directions. */
export class StreamTable {
  readonly #parts: StreamTableParts;
  readonly #streams = new Map<number, WebSocketStream>();
  #nextOwn: number;
  #lastTheirs: number;
  #inbound = 0;
  #turn = 0;

  constructor(parts: StreamTableParts) {
    this.#parts = parts;
    this.#nextOwn = parts.end === 'dialler' ? 1 : 2;
    this.#lastTheirs = parts.end === 'dialler' ? 0 : -1;
  }

  all(): Stream[] {
    return [...this.#streams.values()];
  }

  /**
   * Opens a stream, once the peer has said that it answers that protocol.
   * @throws UnsupportedProtocolError and the others of libp2p's connections, by their names
   */
  async open(protocol: string, { signal, maxOutboundStreams }: NewStreamOptions): Promise<Stream> {
    const limit = Math.min(maxOutboundStreams ?? MAX_STREAMS_PER_LINK, MAX_STREAMS_PER_LINK);
    const open = this.all().filter((one) => one.direction === 'outbound' && one.protocol === protocol);
    if (open.length >= limit) {
      throw new TooManyOutboundProtocolStreamsError(`There are ${limit} streams of ${protocol} already.`);
    }
    const number = this.#nextOwn;
    this.#nextOwn += 2;
    const params = { stream: number, protocol, credit: STREAM_WINDOW_BYTES };
    return await this.#parts.requests.ask(StreamMethod.open, params, {
      signal,
      // At once, since data may be right behind the answer.
      read: (result) => this.#opened(number, protocol, result),
      refused: ({ code }) =>
        code === RpcCode.methodNotFound
          ? new UnsupportedProtocolError(`The peer does not speak ${protocol}.`)
          : new StreamResetError('The peer did not take the stream.'),
      // It may be open over there by now.
      givenUp: () => this.#reset(number),
    });
  }

  /** The peer opens a stream. @returns the answer @throws {WireViolation} */
  accept(params: unknown): { readonly result: unknown } | { readonly error: RpcError } {
    const { stream: number, protocol, credit } = parsed(OpenParams, params);
    if (this.#isOwn(number) || number <= this.#lastTheirs) {
      throw new WireViolation(CloseCode.protocol, 'A stream number was used that is not the next.');
    }
    this.#lastTheirs = number;
    if (this.#inbound >= MAX_STREAMS_PER_LINK) {
      return { error: rpcError(RpcCode.busy, 'too-many-calls', 'You have too many streams open here.') };
    }
    const answer = this.#parts.answerTo(protocol);
    if (answer === null) {
      const why = 'That protocol is not spoken here.';
      return { error: rpcError(RpcCode.methodNotFound, 'unknown-method', why) };
    }
    const stream = new WebSocketStream(this.#parts.wire, {
      number,
      protocol,
      direction: 'inbound',
      credit,
    });
    this.#inbound += 1;
    stream.addEventListener('close', () => (this.#inbound -= 1), { once: true });
    this.#keep(stream);
    // After the answer to this request has been queued.
    queueMicrotask(() => answer(stream));
    return { result: { credit: STREAM_WINDOW_BYTES } };
  }

  /** One of the notifications. @returns false where it is none of them @throws {WireViolation} */
  take(method: string, params: unknown): boolean {
    switch (method) {
      case StreamMethod.data: {
        const { stream, data } = parsed(DataParams, params);
        this.#of(stream)?.receive(bytesOf(data));
        return true;
      }
      case StreamMethod.credit: {
        const { stream, bytes } = parsed(CreditParams, params);
        this.#of(stream)?.receiveCredit(bytes);
        return true;
      }
      case StreamMethod.close:
        this.#of(parsed(StreamParams, params).stream)?.onRemoteCloseWrite();
        return true;
      case StreamMethod.reset:
        this.#of(parsed(StreamParams, params).stream)?.onRemoteReset();
        return true;
      default:
        return false;
    }
  }

  /** There is room again. Each time another stream is first, so that none takes it all. */
  goOn(): void {
    const streams = [...this.#streams.values()];
    this.#turn = streams.length === 0 ? 0 : (this.#turn + 1) % streams.length;
    for (const stream of [...streams.slice(this.#turn), ...streams.slice(0, this.#turn)]) stream.goOn();
  }

  /** The connection is gone. */
  end(error: Error): void {
    for (const stream of this.#streams.values()) stream.abort(error);
    this.#streams.clear();
  }

  #opened(number: number, protocol: string, result: unknown): Stream {
    const { credit } = parsed(OpenResult, result);
    const stream = new WebSocketStream(this.#parts.wire, {
      number,
      protocol,
      direction: 'outbound',
      credit,
    });
    this.#keep(stream);
    return stream;
  }

  #keep(stream: WebSocketStream): void {
    this.#streams.set(stream.number, stream);
    stream.addEventListener('close', () => this.#streams.delete(stream.number), { once: true });
  }

  /** Undefined for one that has ended here, of which the peer may not know yet. @throws {WireViolation} */
  #of(number: number): WebSocketStream | undefined {
    const stream = this.#streams.get(number);
    const isKnown = this.#isOwn(number) ? number < this.#nextOwn : number <= this.#lastTheirs;
    if (!isKnown) throw new WireViolation(CloseCode.protocol, 'There was never such a stream.');
    return stream;
  }

  #isOwn(number: number): boolean {
    return (number % 2 === 1) === (this.#parts.end === 'dialler');
  }

  #reset(number: number): void {
    this.#parts.wire.send(writeNotification(StreamMethod.reset, { stream: number }));
  }
}

/** @throws {WireViolation} */
function parsed<Schema extends z.ZodType>(schema: Schema, params: unknown): z.infer<Schema> {
  const result = schema.safeParse(params);
  if (!result.success) {
    throw new WireViolation(CloseCode.protocol, 'A stream message makes no sense.', { cause: result.error });
  }
  return result.data;
}

/** Strict base64: Node's reader passes over whatever is none. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0 || bytes.length !== (text.length / 4) * 3 - padding) {
    throw new WireViolation(CloseCode.protocol, 'The data of a stream is base64.');
  }
  return bytes;
}
