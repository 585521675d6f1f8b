import { RELAY_V2_HOP_CODEC, RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2';
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import type { Registrar } from '@libp2p/interface-internal';
import { NetworkError } from '../errors.ts';

/** What a relay answers: where it is, by up to a few dozen addresses, and a signed voucher. In bytes. */
const MAX_ANSWER = 16 * 1024;
/** What a relay is asked, or asks: a peer id, and an address or two. As much as go-libp2p takes. */
const MAX_REQUEST = 4 * 1024;
/** Of the length before a message; seven bits each (Protocol Buffers, varint). */
const MAX_LENGTH_BYTES = 3;

/**
 * Bounds the one message that each side of a HOP or STOP stream sends before anything else (Circuit Relay v2). libp2p
 * takes 4 MiB, and reads every address in it at once, which keeps the whole host from anything else for minutes.
 */
export function boundRelayMessages(registrar: Registrar): void {
  const others = registrar.getMiddleware.bind(registrar);
  registrar.getMiddleware = (protocol) => {
    if (protocol !== RELAY_V2_HOP_CODEC && protocol !== RELAY_V2_STOP_CODEC) return others(protocol);
    // A new list each time: libp2p adds to it.
    return [
      (stream, connection, next) => {
        boundFirstMessage(stream, stream.direction === 'outbound' ? MAX_ANSWER : MAX_REQUEST);
        next(stream, connection);
      },
      ...others(protocol),
    ];
  };
}

/** Cuts a stream whose first message, with its length before it, is longer; before anybody has seen a part of it. */
export function boundFirstMessage(stream: Stream, maxBytes: number): void {
  const add = stream.addEventListener.bind(stream);
  const length: number[] = [];
  const look = (event: StreamMessageEvent): void => {
    const { data } = event;
    const unread = Math.min(data.byteLength, MAX_LENGTH_BYTES - length.length);
    for (const byte of data.subarray(0, unread)) {
      length.push(byte);
      if (byte < 0x80) break;
    }
    const isWhole = (length.at(-1) ?? 0x80) < 0x80;
    if (!isWhole && length.length < MAX_LENGTH_BYTES) return;
    stream.removeEventListener('message', look);
    const bytes = length.reduce((sum, byte, index) => sum + (byte & 0x7f) * 2 ** (7 * index), 0);
    if (isWhole && bytes <= maxBytes) return;
    event.stopImmediatePropagation();
    stream.abort(new NetworkError('TOO_LARGE', 'The peer sent more than a relay has to say.'));
  };
  // A stream keeps what comes until somebody listens, so that this must not listen before the reader does.
  stream.addEventListener = (...[type, ...rest]: Parameters<typeof add>): void => {
    if (type === 'message') {
      stream.addEventListener = add;
      add('message', look);
    }
    add(type, ...rest);
  };
}
