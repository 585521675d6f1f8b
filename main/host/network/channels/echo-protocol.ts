/**
 * `/gatehouse/echo/1.0.0`, for comparing ways to a contact: announces a connection that is to be no link, shows that this is
 * it, and sends back every line.
 */
import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import {
  ECHO_PROTOCOL,
  EchoAnswer,
  EchoHello,
  HELLO_TIMEOUT_MS,
  MAX_ECHO_BYTES,
  MAX_HELLO_BYTES,
} from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import type { ApartConnections } from '../links/apart-connections.ts';
import { routeOf } from '../links/path.ts';
import type { LinkConnection } from '../transport.ts';
import { ByteBudget } from './byte-budget.ts';
import { readFirstLine } from './first-line.ts';
import { parseJson, sendLine } from './mcp-protocol.ts';
import { StreamChannel, type ChannelOptions } from './message-channel.ts';
import { openStream } from './open-stream.ts';

/** Streams of one peer that send lines back: one for each way. */
const MAX_ECHOES_OF_PEER = 8;
/** What all of them hold of unread lines. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** One on which no line comes is closed. */
const IDLE_MS = 60_000;
const LOOK_EVERY_MS = 15_000;

export interface EchoParts {
  readonly apart: ApartConnections;
  readonly isContact: (peerId: PeerId) => boolean;
}

/** Answers it. Only contacts are answered at all. */
export class EchoProtocol {
  readonly #parts: EchoParts;
  readonly #echoes = new Map<PeerId, number>();
  readonly #budget = new ByteBudget(MAX_UNREAD_BYTES);

  constructor(parts: EchoParts) {
    this.#parts = parts;
  }

  async answer(stream: Stream, connection: LinkConnection, peerId: PeerId): Promise<void> {
    const limit = deadline(HELLO_TIMEOUT_MS);
    try {
      const line = await readFirstLine(stream, MAX_HELLO_BYTES, limit.signal);
      const hello = EchoHello.safeParse(parseJson(line));
      if (!hello.success) throw new NetworkError('PROTOCOL', 'The request makes no sense.');
      const error = this.#parts.isContact(peerId) ? this.#take(hello.data, connection, peerId) : 'refused';
      sendLine(
        stream,
        JSON.stringify((error === null ? { ok: true } : { ok: false, error }) satisfies EchoAnswer),
      );
      if (error === null && 'lines' in hello.data) this.#echo(stream, connection, peerId);
      else await stream.close({ signal: limit.signal });
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
    } finally {
      limit.release();
    }
  }

  /** @returns why not, or null */
  #take(hello: EchoHello, connection: LinkConnection, peerId: PeerId): 'busy' | 'unknown' | null {
    const { apart } = this.#parts;
    if ('show' in hello) return apart.shown(connection, peerId, hello.show);
    // Whoever says anything else first has not made it for a comparison.
    apart.takeForLink(connection);
    if ('expect' in hello) return apart.expect(peerId, hello.expect) ? null : 'busy';
    return (this.#echoes.get(peerId) ?? 0) >= MAX_ECHOES_OF_PEER ? 'busy' : null;
  }

  #echo(stream: Stream, connection: LinkConnection, peerId: PeerId): void {
    this.#echoes.set(peerId, (this.#echoes.get(peerId) ?? 0) + 1);
    const channel = new StreamChannel(stream, echoOptions(connection, peerId, this.#budget));
    let heardAt = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - heardAt < IDLE_MS) return;
      channel.abort(new NetworkError('TIMEOUT', 'No line came for a minute.'));
    }, LOOK_EVERY_MS).unref();
    channel.onClose = (): void => {
      clearInterval(timer);
      const left = (this.#echoes.get(peerId) ?? 1) - 1;
      if (left === 0) this.#echoes.delete(peerId);
      else this.#echoes.set(peerId, left);
    };
    channel.onDrain = (): void => channel.resume();
    channel.onLine = (line): void => {
      heardAt = performance.now();
      if (!channel.send(line)) channel.pause();
    };
  }
}

/** Tells the other side that a connection will come that is no link. @throws {NetworkError} */
export async function announceApart(
  connection: LinkConnection,
  secret: string,
  signal: AbortSignal,
): Promise<void> {
  const stream = await ask(connection, { expect: secret }, signal);
  await stream.close({ signal });
}

/** Tells the other side that this is that connection. @throws {NetworkError} */
export async function showApart(
  connection: LinkConnection,
  secret: string,
  signal: AbortSignal,
): Promise<void> {
  const stream = await ask(connection, { show: secret }, signal);
  await stream.close({ signal });
}

/** A channel whose lines come back. @throws {NetworkError} */
export async function openEcho(
  connection: LinkConnection,
  peerId: PeerId,
  signal: AbortSignal,
): Promise<StreamChannel> {
  const stream = await ask(connection, { lines: true }, signal);
  return new StreamChannel(stream, echoOptions(connection, peerId, null));
}

async function ask(connection: LinkConnection, hello: EchoHello, signal: AbortSignal): Promise<Stream> {
  const stream = await openStream(connection, ECHO_PROTOCOL, signal);
  try {
    sendLine(stream, JSON.stringify(hello));
    const answer = EchoAnswer.safeParse(parseJson(await readFirstLine(stream, MAX_HELLO_BYTES, signal)));
    if (!answer.success)
      throw new NetworkError('PROTOCOL', 'The peer answered with something that makes no sense.');
    if (answer.data.ok) return stream;
    throw new NetworkError('REFUSED', WORDS[answer.data.error]);
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

const WORDS = {
  refused: 'The other side compares ways with its contacts only, and you are none of them there.',
  busy: 'The other side has too many comparisons with you under way. Try again in a minute.',
  unknown: 'The other side took the connection for an ordinary link. Try again.',
} as const;

function echoOptions(connection: LinkConnection, peerId: PeerId, budget: ByteBudget | null): ChannelOptions {
  const { path, transport } = routeOf(connection);
  return {
    route: { peerId, path, transport },
    budget,
    linkOpen: () => connection.status === 'open',
    maxMessageBytes: MAX_ECHO_BYTES,
  };
}
