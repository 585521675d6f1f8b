import { waitsHere, type CallView } from '../../shared/calls.ts';
import type { AgentName, ApprovalId, PeerId } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';
import type { HostClient } from './client.ts';
import { watchState } from './watch-state.ts';

export interface WatchedCall {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly tool: string;
  /** The state before the call was made: the calls in it are others. */
  readonly after: LiveState;
}

/**
 * Tells once when a call of ours to a peer begins to wait for a person: the one there (null), or the one here, with the
 * question. Ends with the signal, and quietly with the connection: it only informs.
 */
export async function watchForPerson(
  client: HostClient,
  watched: WatchedCall,
  signal: AbortSignal,
  onWaiting: (question: ApprovalId | null) => void,
): Promise<void> {
  const waits = (call: CallView): boolean =>
    call.direction === 'out' &&
    call.status === 'waiting' &&
    call.peerId === watched.peerId &&
    call.agent === watched.agent &&
    call.tool === watched.tool &&
    watched.after.calls[call.id] === undefined;
  try {
    for await (const state of watchState(client, signal)) {
      const call = Object.values(state.calls).find(waits);
      if (call === undefined) continue;
      const question = Object.values(state.approvals).find(({ callId }) => callId === call.id);
      // Answered already, before it could be told.
      if (waitsHere(call) && question === undefined) continue;
      onWaiting(question?.id ?? null);
      return;
    }
  } catch (error) {
    // The call itself tells what is wrong with the connection.
    if (!signal.aborted && !(error instanceof Error)) throw error;
  }
}
