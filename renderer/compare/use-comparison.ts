import { useCallback, useEffect, useRef, useState } from 'react';
import type { CompareRequest, Comparison, WayResult } from '../../shared/compare.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';

export type ComparisonState =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly done: number;
      readonly total: number;
      readonly ways: readonly WayResult[];
    }
  | { readonly kind: 'done'; readonly comparison: Comparison }
  /** What had been measured by then is still of use. */
  | { readonly kind: 'ended'; readonly sentence: string | null; readonly ways: readonly WayResult[] };

/** One comparison at a time. Leaving the page ends it. */
export function useComparison() {
  const host = useHost();
  const [state, setState] = useState<ComparisonState>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);

  const withdraw = useCallback(() => {
    running.current?.abort();
    running.current = null;
  }, []);
  useEffect(() => withdraw, [withdraw]);

  const run = useCallback(
    async (request: CompareRequest, mine: AbortController) => {
      let ways: readonly WayResult[] = [];
      const isCurrent = () => running.current === mine;
      try {
        const messages = await host((client) => client.comparing.run(request, { signal: mine.signal }));
        for await (const message of messages) {
          if (!isCurrent()) return;
          if (message.type === 'done') {
            running.current = null;
            setState({ kind: 'done', comparison: message.comparison });
            return;
          }
          const { done, total } = message;
          ({ ways } = message);
          setState({ kind: 'running', done, total, ways });
        }
        if (isCurrent())
          setState({ kind: 'ended', sentence: 'The host ended it before it was through.', ways });
      } catch (error) {
        if (isCurrent()) setState({ kind: 'ended', sentence: sentenceOf(error), ways });
      } finally {
        if (isCurrent()) running.current = null;
      }
    },
    [host],
  );

  const start = useCallback(
    (request: CompareRequest) => {
      if (running.current !== null) return;
      const mine = new AbortController();
      running.current = mine;
      setState({ kind: 'running', done: 0, total: 0, ways: [] });
      void run(request, mine);
    },
    [run],
  );

  const cancel = useCallback(() => {
    withdraw();
    setState((before) =>
      before.kind === 'running' ? { kind: 'ended', sentence: null, ways: before.ways } : before,
    );
  }, [withdraw]);

  return { state, start, cancel };
}
