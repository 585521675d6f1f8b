import type { ApprovalView } from '../../shared/gate.ts';
import type { LiveState } from '../../shared/live.ts';
import { applyChanges } from '../../shared/live.ts';
import type { HostClient } from './demo-messages.ts';

/**
 * Each question about a call of a peer that waits at a host, once, until the signal or the host ends. The demo answers
 * for nobody where a legacy link is concerned: what is asked there each time is for a person.
 */
export async function* waitingQuestions(
  client: HostClient,
  signal: AbortSignal,
): AsyncGenerator<ApprovalView, void, void> {
  let seen = new Set<string>();
  let state: LiveState | null = null;
  for await (const message of await client.live.watch({}, { signal })) {
    state = message.type === 'snapshot' ? message.state : state && applyChanges(state, message.changes);
    await client.live.ack({ watch: message.watch, seq: message.seq });
    const waiting = Object.values(state?.approvals ?? {}).filter(
      ({ direction, path }) => direction === 'in' && path !== 'legacy',
    );
    const fresh = waiting.filter(({ id }) => !seen.has(id));
    seen = new Set(waiting.map(({ id }) => id));
    yield* fresh;
  }
}
