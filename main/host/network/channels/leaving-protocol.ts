/**
 * `/gatehouse/leaving/1.0.0`: one line says that the asker is about to give up a transport, or a link of it; one line
 * answers once the asked has moved what it could, and begins nothing new there.
 */
import type { Stream } from '@libp2p/interface';
import { z } from 'zod';
import { MAX_HELLO_BYTES } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { readFirstLine } from './first-line.ts';
import { parseJson, sendLine } from './mcp-protocol.ts';

export const LEAVING_PROTOCOL = '/gatehouse/leaving/1.0.0';

const Leaving = z.object({ leaving: z.literal(true) });

/** Tells the other side of a link that we leave it. Resolves once it has seen to it. @throws {NetworkError} */
export async function sayLeaving(stream: Stream, signal: AbortSignal): Promise<void> {
  try {
    sendLine(stream, JSON.stringify({ leaving: true }));
    await stream.close({ signal });
    await readFirstLine(stream, MAX_HELLO_BYTES, signal);
  } finally {
    if (stream.status === 'open') stream.abort(new Error('The answer has been read.'));
  }
}

/** Answers once `left` has done all that there is to do. */
export async function answerLeaving(
  stream: Stream,
  left: () => Promise<void>,
  timeoutMs: number,
): Promise<void> {
  const limit = deadline(timeoutMs);
  try {
    const said = Leaving.safeParse(parseJson(await readFirstLine(stream, MAX_HELLO_BYTES, limit.signal)));
    if (!said.success) throw new Error('This makes no sense.');
    await left();
    sendLine(stream, JSON.stringify({ ok: true }));
    await stream.close({ signal: limit.signal });
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
  } finally {
    limit.release();
  }
}
