import { ORPCError } from '@orpc/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { shown } from '../words/shown.ts';

const MAX_SENTENCE = 600;

/** An error as a sentence for the person. What the host quotes in it may come from a peer, so it is made visible. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') {
    return 'The host did not accept what was entered.';
  }
  if (error instanceof ORPCError && error.code === 'INTERNAL_SERVER_ERROR') {
    return 'The host failed at this and gave no reason. Its log knows more.';
  }
  return error instanceof Error ? shown(error.message, MAX_SENTENCE) : 'Failed for an unknown reason.';
}

export interface Action {
  readonly busy: boolean;
  /** A sentence, until the next try. */
  readonly error: string | null;
  readonly run: () => void;
  readonly clear: () => void;
}

/** Runs something that can fail, once at a time, and keeps its error as a sentence. */
export function useAction(perform: () => Promise<unknown>): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const latest = useRef(perform);
  const running = useRef(false);
  useEffect(() => {
    latest.current = perform;
  });
  const run = useCallback(() => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    // Not awaited: it settles into this part's own state.
    void latest
      .current()
      .catch((caught: unknown) => setError(sentenceOf(caught)))
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { busy, error, run, clear };
}
