/** `/gatehouse/mcp/1.0.0`: the hello, on both sides. */
import type { Stream } from '@libp2p/interface';
import { RpcCode, rpcError } from '../../../../shared/errors.ts';
import type { RpcError } from '../../../../shared/errors.ts';
import { MAX_HELLO_BYTES, McpHello, McpHelloAnswer } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError, RemoteRefusal } from '../errors.ts';
import { readFirstLine } from './first-line.ts';
import type { NetworkHandlers } from '../index.ts';
import { StreamChannel } from './message-channel.ts';
import type { ChannelOptions } from './message-channel.ts';
import type { LinkConnection } from '../transport.ts';
import type { OpenChannels } from './open-channels.ts';
import { untilClosed } from './until-closed.ts';

/** How long a stream that was refused may take to be closed. */
const REFUSAL_TIMEOUT_MS = 2000;

export interface Greeted {
  readonly channel: StreamChannel;
  /** The name under which the channel may be moved; null where the other side does not know of that. */
  readonly name: string | null;
}

/**
 * Says hello on a new stream and waits for the answer. `move` names the channel that is to go on here.
 * @throws {NetworkError} {RemoteRefusal}
 */
export async function sayHello(
  stream: Stream,
  hello: McpHello,
  options: ChannelOptions,
  signal: AbortSignal,
): Promise<Greeted> {
  try {
    sendLine(stream, JSON.stringify(hello));
    const line = await readFirstLine(stream, MAX_HELLO_BYTES, signal);
    const answer = McpHelloAnswer.safeParse(parseJson(line));
    if (!answer.success)
      throw new NetworkError('PROTOCOL', 'The peer answered with something else than an answer.');
    if (!answer.data.ok) {
      await stream.close({ signal });
      const { code, message, data } = answer.data.error;
      throw new RemoteRefusal({ code, message, data });
    }
    return { channel: new StreamChannel(stream, options), name: answer.data.channel ?? null };
  } catch (error) {
    if (!(error instanceof RemoteRefusal)) stream.abort(asError(error));
    throw error;
  }
}

/** Answers the hello of a stream that a peer opened. Resolves once the stream is taken or refused. */
export async function answerHello(
  stream: Stream,
  options: ChannelOptions,
  handlers: Pick<NetworkHandlers, 'mcp'>,
  channels: OpenChannels,
  connection: LinkConnection,
  helloTimeoutMs: number,
): Promise<void> {
  const limit = deadline(helloTimeoutMs);
  let hello: string;
  try {
    hello = await readFirstLine(stream, MAX_HELLO_BYTES, limit.signal);
  } catch (error) {
    const why = error instanceof NetworkError ? error.message : 'The hello could not be read.';
    await refuse(stream, badHello(why));
    return;
  } finally {
    limit.release();
  }
  const parsed = McpHello.safeParse(parseJson(hello));
  if (!parsed.success) {
    await refuse(stream, badHello('The first line must be {"agent":"<name>"}.'));
    return;
  }
  const { peerId } = options.route;
  const { agent, move } = parsed.data;
  if (move !== undefined) {
    if (!(await channels.isMovable(move, peerId, agent)))
      await refuse(stream, badHello('There is no such channel to be moved.'));
    else if (welcome(stream, { ok: true }))
      channels.goOn(move, new StreamChannel(stream, options), connection);
    return;
  }
  const taker = handlers.mcp(peerId, agent);
  if ('error' in taker) {
    await refuse(stream, taker.error);
    return;
  }
  const name = channels.newName();
  if (!welcome(stream, { ok: true, channel: name })) return;
  taker.take(channels.opened(name, agent, new StreamChannel(stream, options), connection));
}

/** False: it went away while it was being answered; nobody has been told of it yet. */
function welcome(stream: Stream, answer: McpHelloAnswer): boolean {
  try {
    sendLine(stream, JSON.stringify(answer));
    return true;
  } catch (error) {
    stream.abort(asError(error));
    return false;
  }
}

/** Says why a stream is not taken, and closes it. */
export async function refuse(stream: Stream, error: RpcError): Promise<void> {
  const limit = deadline(REFUSAL_TIMEOUT_MS);
  try {
    sendLine(stream, JSON.stringify({ ok: false, error }));
    await stream.close({ signal: limit.signal });
    await untilClosed(stream, limit.signal);
  } catch (cause) {
    stream.abort(asError(cause));
  } finally {
    limit.release();
  }
}

export function sendLine(stream: Stream, line: string): void {
  stream.send(Buffer.from(`${line}\n`));
}

/** Undefined where it is not JSON; no schema takes that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const badHello = (why: string): RpcError => rpcError(RpcCode.invalidRequest, 'bad-hello', why);

const asError = (value: unknown): Error => (value instanceof Error ? value : new Error(String(value)));
