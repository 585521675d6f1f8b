import type { Multiaddr } from '@multiformats/multiaddr';

/** RFC 8305, section 5: how long one attempt has the field to itself. */
const STAGGER_MS = 250;

export interface DialGroup {
  /** In the order in which they are to be tried. */
  readonly targets: readonly Multiaddr[];
  /** When it begins, in ms; sooner where those before it have nothing left to try. */
  readonly afterMs: number;
  /** How many of it are tried at one time. */
  readonly parallel: number;
}

/**
 * Tries addresses side by side, each a little after the one before ("happy eyeballs", RFC 8305), so that a dead one
 * does not use up the time of a good one. The first that works wins and the others are aborted.
 * @throws {AggregateError} of all that went wrong, or the reason of the signal
 */
export function raceDials<T>(
  groups: readonly DialGroup[],
  dial: (target: Multiaddr, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const others = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const errors: unknown[] = [];
  let left = groups.reduce((sum, { targets }) => sum + targets.length, 0);
  let isOver = false;

  const finish = (): void => {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    others.abort(new DOMException('Another address answered.', 'AbortError'));
  };
  const onAbort = (): void => {
    finish();
    reject(new AggregateError([...errors, signal.reason], 'The dial was aborted.'));
  };
  const after = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };

  const begin = (at: number): void => {
    const group = groups[at];
    if (group === undefined || isOver) return;
    const waiting = [...group.targets];
    let running = 0;
    let hasHandedOn = false;
    const handOn = (): void => {
      if (hasHandedOn) return;
      hasHandedOn = true;
      begin(at + 1);
    };
    const beginNext = (): void => {
      if (isOver || running >= group.parallel) return;
      const target = waiting.shift();
      if (target === undefined) {
        if (running === 0) handOn();
        return;
      }
      running += 1;
      dial(target, others.signal).then(
        (result) => {
          if (isOver) return;
          finish();
          resolve(result);
        },
        (error: unknown) => {
          if (isOver) return;
          running -= 1;
          left -= 1;
          errors.push(error);
          if (left === 0) {
            finish();
            reject(new AggregateError(errors, 'No address answers.'));
          } else beginNext();
        },
      );
      if (waiting.length > 0) after(STAGGER_MS, beginNext);
    };
    const { afterMs } = groups[at + 1] ?? group;
    if (at + 1 < groups.length) after(afterMs, handOn);
    beginNext();
  };

  if (left === 0) reject(new AggregateError([], 'There is no address.'));
  else if (signal.aborted) onAbort();
  else {
    signal.addEventListener('abort', onAbort, { once: true });
    begin(0);
  }
  return promise;
}
