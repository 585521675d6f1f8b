/** A signal that ends with a caller's own or after a time, whichever is first. Release it when done. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends it now, for this reason. */
  abort(reason: Error): void;
  release(): void;
}

/** Unlike `AbortSignal.any`, leaves nothing behind on a long-lived signal. */
export function deadline(timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(
    () => controller.abort(new DOMException(`Took longer than ${timeoutMs} ms.`, 'TimeoutError')),
    timeoutMs,
  );
  if (outer?.aborted === true) onAbort();
  else outer?.addEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}
