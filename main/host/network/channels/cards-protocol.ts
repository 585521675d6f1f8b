/** `/gatehouse/cards/1.0.0`: one line asks, one line answers. */
import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import { CardsAnswer, CardsRequest, MAX_CARDS_BYTES, MAX_HELLO_BYTES } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import { readFirstLine } from './first-line.ts';
import type { NetworkHandlers } from '../index.ts';
import { parseJson, sendLine } from './mcp-protocol.ts';

/** Asks for the cards that the other side lets us see. @throws {NetworkError} */
export async function askForCards(
  stream: Stream,
  request: CardsRequest,
  signal: AbortSignal,
): Promise<CardsAnswer> {
  try {
    sendLine(stream, JSON.stringify(request));
    await stream.close({ signal });
    const answer = CardsAnswer.safeParse(parseJson(await readFirstLine(stream, MAX_CARDS_BYTES, signal)));
    if (!answer.success)
      throw new NetworkError('PROTOCOL', 'The peer answered with something else than cards.');
    return answer.data;
  } finally {
    // Whatever it may still have to say is of no interest.
    if (stream.status === 'open') stream.abort(new Error('The answer has been read.'));
  }
}

/** Answers one request for cards. */
export async function answerCards(
  stream: Stream,
  peerId: PeerId,
  handlers: Pick<NetworkHandlers, 'cards'>,
  timeoutMs: number,
): Promise<void> {
  const limit = deadline(timeoutMs);
  try {
    const request = CardsRequest.safeParse(
      parseJson(await readFirstLine(stream, MAX_HELLO_BYTES, limit.signal)),
    );
    if (!request.success) throw new NetworkError('PROTOCOL', 'The request for cards makes no sense.');
    sendLine(stream, fitting(handlers.cards(peerId, request.data)));
    await stream.close({ signal: limit.signal });
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
  } finally {
    limit.release();
  }
}

/** As many cards as fit into what the other side reads. */
function fitting(answer: CardsAnswer): string {
  let { cards } = answer;
  for (;;) {
    const text = JSON.stringify({ ...answer, cards });
    if (Buffer.byteLength(text) <= MAX_CARDS_BYTES) return text;
    cards = cards.slice(0, Math.floor(cards.length / 2));
  }
}
