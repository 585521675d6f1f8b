import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { NetworkError } from '../errors.ts';
import { GrowingBuffer } from './growing-buffer.ts';

/**
 * Reads the first line of a stream and hands back what came after it, so that the next reader finds it.
 * @throws {NetworkError} TOO_LARGE, PROTOCOL (not UTF-8, or closed before its first line ended), TIMEOUT (aborted)
 */
export function readFirstLine(stream: Stream, maxBytes: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const line = new GrowingBuffer();

    const finish = (): void => {
      stream.removeEventListener('message', onMessage);
      stream.removeEventListener('end', onEnd);
      stream.removeEventListener('close', onEnd);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: NetworkError): void => {
      finish();
      reject(error);
    };
    const onEnd = (): void =>
      fail(new NetworkError('PROTOCOL', 'The peer closed the stream before it said anything.'));
    const onAbort = (): void =>
      fail(new NetworkError('TIMEOUT', 'The peer did not answer in time.', { cause: signal.reason }));
    const onMessage = (event: StreamMessageEvent): void => {
      const chunk = event.data.subarray();
      const end = chunk.indexOf(0x0a);
      const piece = end === -1 ? chunk : chunk.subarray(0, end);
      if (line.length + piece.length > maxBytes) {
        fail(new NetworkError('TOO_LARGE', `The peer's first line is longer than ${maxBytes} bytes.`));
        return;
      }
      line.append(piece);
      if (end === -1) return;
      finish();
      if (end + 1 < chunk.length && stream.readStatus !== 'closed') stream.unshift(chunk.subarray(end + 1));
      try {
        resolve(new TextDecoder('utf-8', { fatal: true }).decode(line.view()));
      } catch (cause) {
        reject(new NetworkError('PROTOCOL', 'The peer sent text that is not UTF-8.', { cause }));
      }
    };

    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    stream.addEventListener('end', onEnd);
    stream.addEventListener('close', onEnd);
    stream.addEventListener('message', onMessage);
    if (stream.readableEnded) onEnd();
  });
}
