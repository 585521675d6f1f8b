import { applyChanges, type LiveState } from '../../shared/live.ts';
import type { HostClient } from './client.ts';

/** The state of the host now, and after each change. Ends with the signal. */
export async function* watchState(client: HostClient, signal: AbortSignal): AsyncGenerator<LiveState> {
  let state: LiveState | null = null;
  for await (const message of await client.live.watch({}, { signal })) {
    if (message.type === 'snapshot') state = message.state;
    else if (state !== null) state = applyChanges(state, message.changes);
    if (state !== null) yield state;
    await client.live.ack({ watch: message.watch, seq: message.seq });
  }
}
