/** How a connection that can fall silent is checked. */
export interface Rhythm {
  /** Between an answer and the next question, in milliseconds. */
  readonly everyMs: number;
  /** How long an answer may take before the connection is given up, in milliseconds. */
  readonly deadlineMs: number;
}

export interface Heartbeat {
  /** Rejects when a question fails or is not answered in time; never resolves. */
  readonly lost: Promise<never>;
  /** Leaves no timer behind. */
  stop(): void;
}

/** Asks again and again, one question at a time: a tunnel that died does not close what runs through it. */
export function startHeartbeat(ask: () => Promise<unknown>, { everyMs, deadlineMs }: Rhythm): Heartbeat {
  const lost = Promise.withResolvers<never>();
  let stopped = false;
  let timer = setTimeout(beat, everyMs);
  function beat(): void {
    timer = setTimeout(() => lost.reject(new Error('The host no longer answers.')), deadlineMs);
    ask().then(rest, lost.reject);
  }
  function rest(): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(beat, everyMs);
  }
  return {
    lost: lost.promise,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
