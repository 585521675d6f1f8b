import { useCallback, useEffect, useRef, useState } from 'react';
import type { AgentName, PeerId } from '../../shared/ids.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import type { ToolResult } from './tool-result.tsx';

export type ToolCallState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly since: number }
  | { readonly kind: 'answered'; readonly result: ToolResult; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly sentence: string };

interface Target {
  peerId: PeerId;
  agent: AgentName;
  tool: string;
}

/** One call of a peer's tool at a time. Leaving the form withdraws it. */
export function useToolCall({ peerId, agent, tool }: Target) {
  const host = useHost();
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
      setState({ kind: 'running', since });
      host((client) => client.tools.call({ peerId, agent, tool, arguments: values, ticket: mine })).then(
        (result) => {
          if (ticket.current !== mine) return;
          ticket.current = null;
          setState({ kind: 'answered', result, tookMs: Date.now() - since });
        },
        (error: unknown) => {
          if (ticket.current !== mine) return;
          ticket.current = null;
          setState({ kind: 'failed', sentence: sentenceOf(error) });
        },
      );
    },
    [host, peerId, agent, tool],
  );

  const cancel = useCallback(() => {
    withdraw();
    setState({
      kind: 'failed',
      sentence: 'Cancelled. It was withdrawn; where it had begun, its effect is unknown.',
    });
  }, [withdraw]);

  return { state, start, cancel };
}
