/** `/gatehouse/relay/1.0.0`: one line asks a relay what it offers beside circuits, one line answers. */
import type { Stream } from '@libp2p/interface';
import { z } from 'zod';
import { MAX_HELLO_BYTES } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import { readFirstLine } from '../channels/first-line.ts';
import { parseJson, sendLine } from '../channels/mcp-protocol.ts';

const MAX_STUN_PORTS = 4;

/** Room for more to ask, some day. */
const RelayQuestion = z.object({});

export const RelayOffer = z.object({
  /** UDP ports of its STUN server, at the address under which it is linked. */
  stun: z.array(z.int().min(1).max(65_535)).max(MAX_STUN_PORTS),
  /** Of one circuit. */
  limits: z.object({ seconds: z.int().positive(), bytes: z.int().positive() }),
});
export type RelayOffer = z.infer<typeof RelayOffer>;

/** @throws {NetworkError} PROTOCOL, TOO_LARGE, TIMEOUT */
export async function askRelay(stream: Stream, signal: AbortSignal): Promise<RelayOffer> {
  try {
    sendLine(stream, '{}');
    await stream.close({ signal });
    const offer = RelayOffer.safeParse(parseJson(await readFirstLine(stream, MAX_HELLO_BYTES, signal)));
    if (!offer.success) throw new NetworkError('PROTOCOL', 'The relay answered something else.');
    return offer.data;
  } finally {
    if (stream.status === 'open') stream.abort(new Error('The answer has been read.'));
  }
}

export async function answerRelay(stream: Stream, offer: RelayOffer, timeoutMs: number): Promise<void> {
  const limit = deadline(timeoutMs);
  try {
    const question = RelayQuestion.safeParse(
      parseJson(await readFirstLine(stream, MAX_HELLO_BYTES, limit.signal)),
    );
    if (!question.success) throw new NetworkError('PROTOCOL', 'The question to the relay makes no sense.');
    sendLine(stream, JSON.stringify(offer));
    await stream.close({ signal: limit.signal });
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
  } finally {
    limit.release();
  }
}
