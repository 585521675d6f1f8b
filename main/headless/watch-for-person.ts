import type { CallView } from '../../shared/calls.ts';
import type { AgentName, PeerId } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';
import type { HostClient } from './client.ts';

export interface WatchedCall {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly tool: string;
  /** The state before the call was made: the calls in it are others. */
  readonly after: LiveState;
}

/**
 * Tells once when a call of ours to a peer begins to wait for the person there. Ends with the signal, and
 * quietly with the connection: it only informs.
 */
export async function watchForPerson(
  client: HostClient,
  watched: WatchedCall,
  signal: AbortSignal,
  onWaiting: () => void,
): Promise<void> {
  const waits = (call: CallView): boolean =>
    call.direction === 'out' &&
    call.status === 'waiting' &&
    call.peerId === watched.peerId &&
    call.agent === watched.agent &&
    call.tool === watched.tool &&
    watched.after.calls[call.id] === undefined;
  try {
    for await (const message of await client.live.watch({}, { signal })) {
      const calls =
        message.type === 'snapshot'
          ? Object.values(message.state.calls)
          : message.changes.flatMap((change) =>
              change.of === 'calls' && change.value !== null ? [change.value] : [],
            );
      if (calls.some(waits)) {
        onWaiting();
        return;
      }
      await client.live.ack({ watch: message.watch, seq: message.seq });
    }
  } catch (error) {
    // The call itself tells what is wrong with the connection.
    if (!signal.aborted && !(error instanceof Error)) throw error;
  }
}
