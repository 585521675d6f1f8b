import type { Stream } from '@libp2p/interface';

/**
 * Resolves once both sides have closed a stream; ours alone leaves it standing half open. Rejects when the signal
 * ends first.
 */
export function untilClosed(stream: Stream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.status !== 'open' && stream.status !== 'closing') {
      resolve();
      return;
    }
    const done = (): void => {
      signal.removeEventListener('abort', late);
      resolve();
    };
    const late = (): void => {
      stream.removeEventListener('close', done);
      reject(new Error('The peer did not close its side in time.', { cause: signal.reason }));
    };
    stream.addEventListener('close', done, { once: true });
    signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) late();
  });
}
