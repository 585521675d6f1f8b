import { CallError } from './call-error.ts';

/** Why a signal ended a call: its time was up, somebody wanted it so, or for the reason that the signal itself names. */
export function abortedError(signal: AbortSignal | undefined): CallError {
  const reason: unknown = signal?.reason;
  if (reason instanceof CallError) return reason;
  return reason instanceof Error && reason.name === 'TimeoutError'
    ? new CallError('UNREACHABLE', 'The peer did not answer in time.')
    : new CallError('CANCELLED', 'The call was cancelled.');
}

/** Waits for something shared, but no longer than this caller wants to. */
export async function orAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await shared;
  return await new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal));
    const settled = (): void => signal.removeEventListener('abort', abort);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    shared.then(resolve, reject).finally(settled);
  });
}
