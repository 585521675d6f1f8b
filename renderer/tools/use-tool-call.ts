import { useCallback, useEffect, useRef, useState } from 'react';
import type { AgentName, PeerId } from '../../shared/ids.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useSession } from '../state/hooks.ts';
import { newestCall } from './own-call.ts';
import type { ToolResult } from './tool-result.tsx';

export type ToolCallState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly since: number; readonly after: number }
  | {
      readonly kind: 'answered';
      readonly result: ToolResult;
      readonly tookMs: number;
      readonly after: number;
    }
  /** `after`: the newest call before this one. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly after: number };

interface Target {
  peerId: PeerId;
  agent: AgentName;
  tool: string;
}

/** One call of a peer's tool at a time. Leaving the form withdraws it. */
export function useToolCall({ peerId, agent, tool }: Target) {
  const host = useHost();
  const session = useSession();
  const [state, setState] = useState<ToolCallState>({ kind: 'idle' });
  const ticket = useRef<string | null>(null);

  const withdraw = useCallback(() => {
    const held = ticket.current;
    ticket.current = null;
    // Not awaited: where it fails the connection is gone, and the call with it.
    if (held !== null) host((client) => client.tools.cancel({ ticket: held })).catch(() => undefined);
  }, [host]);

  useEffect(() => withdraw, [withdraw]);

  const start = useCallback(
    (values: Record<string, unknown>) => {
      const mine = crypto.randomUUID();
      const since = Date.now();
      ticket.current = mine;
      const after = newestCall(session.store.getState().live?.calls ?? {});
      setState({ kind: 'running', since, after });
      host((client) => client.tools.call({ peerId, agent, tool, arguments: values, ticket: mine })).then(
        (result) => {
          if (ticket.current !== mine) return;
          ticket.current = null;
          setState({ kind: 'answered', result, tookMs: Date.now() - since, after });
        },
        (error: unknown) => {
          if (ticket.current !== mine) return;
          ticket.current = null;
          setState({ kind: 'failed', sentence: sentenceOf(error), after });
        },
      );
    },
    [host, session, peerId, agent, tool],
  );

  const cancel = useCallback(() => {
    withdraw();
    setState((before) => ({
      kind: 'failed',
      sentence: 'Cancelled. It was withdrawn; where it had begun, its effect is unknown.',
      after: before.kind === 'idle' ? 0 : before.after,
    }));
  }, [withdraw]);

  return { state, start, cancel };
}
