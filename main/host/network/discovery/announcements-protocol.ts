/**
 * `/gatehouse/announcements/1.0.0`: an object asks, a line each answers, for who came too late to hear them, or missed
 * one. `have` names those that are known already: their fingerprints, one after the other.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { z } from 'zod';
import { MAX_ANNOUNCEMENT_BYTES } from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import { readFirstLine } from '../channels/first-line.ts';
import { GrowingBuffer } from '../channels/growing-buffer.ts';
import type { NetworkHandlers } from '../index.ts';
import { parseJson, sendLine } from '../channels/mcp-protocol.ts';
import { FINGERPRINT_LENGTH, fingerprintOf } from './fingerprints.ts';

const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
const MAX_ANSWERS = 1000;
const MAX_NAMED = 1000;
const MAX_QUESTION_BYTES = 16 * 1024;
/** An answer so short is given to whoever asks. */
const SHORT_BYTES = 16 * 1024;

const Question = z.object({
  have: z
    .string()
    .max(MAX_NAMED * FINGERPRINT_LENGTH)
    .optional(),
});

/**
 * Asks for the announcements that the other side holds, beside those that are held here. They are still to be verified.
 * @throws {NetworkError}
 */
export async function askForAnnouncements(
  stream: Stream,
  signal: AbortSignal,
  held: readonly string[] = [],
): Promise<string[]> {
  try {
    const have = held.slice(-MAX_NAMED).map(fingerprintOf).join('');
    sendLine(stream, JSON.stringify(have === '' ? {} : { have }));
    await stream.close({ signal });
    const lines = (await readToEnd(stream, signal)).split('\n').filter((line) => line !== '');
    return lines.slice(0, MAX_ANSWERS).filter((line) => line.length <= MAX_ANNOUNCEMENT_BYTES);
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause;
    throw new NetworkError('LINK_LOST', 'The peer did not say what was announced.', { cause });
  } finally {
    if (stream.status === 'open') stream.abort(new Error('The answer has been read.'));
  }
}

/**
 * Answers one such question with as many as may be said at once, ours first. `mayTellMuch` is asked before a long answer.
 */
export async function answerAnnouncements(
  stream: Stream,
  handlers: Pick<NetworkHandlers, 'announcements'>,
  timeoutMs: number,
  mayTellMuch: () => boolean = () => true,
): Promise<void> {
  const limit = deadline(timeoutMs);
  try {
    const question = Question.safeParse(
      parseJson(await readFirstLine(stream, MAX_QUESTION_BYTES, limit.signal)),
    );
    const answer = fitting(missing(handlers.announcements(), question.data?.have ?? '')).join('\n');
    if (answer.length > SHORT_BYTES && !mayTellMuch())
      throw new NetworkError('REFUSED', 'The peer asks for all of it too often.');
    if (answer !== '') sendLine(stream, answer);
    await stream.close({ signal: limit.signal });
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
  } finally {
    limit.release();
  }
}

function missing(texts: readonly string[], have: string): readonly string[] {
  if (have === '') return texts;
  const named = new Set<string>();
  for (let at = 0; at < have.length; at += FINGERPRINT_LENGTH)
    named.add(have.slice(at, at + FINGERPRINT_LENGTH));
  return texts.filter((text) => !named.has(fingerprintOf(text)));
}

function fitting(texts: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = texts.slice(0, MAX_ANSWERS).findIndex((text) => {
    bytes += Buffer.byteLength(text) + 1;
    return bytes > MAX_ANSWER_BYTES;
  });
  return texts.slice(0, end === -1 ? MAX_ANSWERS : end);
}

function readToEnd(stream: Stream, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const answer = new GrowingBuffer();
  const onMessage = (event: StreamMessageEvent): void => {
    const chunk = event.data.subarray();
    if (answer.length + chunk.length > MAX_ANSWER_BYTES) {
      reject(new NetworkError('TOO_LARGE', 'The peer answered with too many announcements.'));
    } else answer.append(chunk);
  };
  // Announcements are plain ASCII; whatever else it may be does not verify.
  const onEnd = (): void => resolve(answer.view().toString('latin1'));
  const onClose = (event: Event & { error?: Error }): void => {
    const { error } = event;
    if (error === undefined) onEnd();
    else reject(new NetworkError('LINK_LOST', 'The peer did not finish its answer.', { cause: error }));
  };
  const onAbort = (): void =>
    reject(new NetworkError('TIMEOUT', 'The peer did not answer in time.', { cause: signal.reason }));
  stream.addEventListener('message', onMessage);
  stream.addEventListener('end', onEnd);
  stream.addEventListener('close', onClose);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  else if (stream.readableEnded) onEnd();
  return promise.finally(() => {
    stream.removeEventListener('message', onMessage);
    stream.removeEventListener('end', onEnd);
    stream.removeEventListener('close', onClose);
    signal.removeEventListener('abort', onAbort);
  });
}
