import type { RouterClient } from '@orpc/server';
import type { Router } from '../../../main/host/router.ts';
import { applyChanges, type LiveState } from '../../../shared/live.ts';

const DEADLINE_MS = 30_000;

/** The state of a host, now and whenever it changes. */
export async function* liveStates(
  client: RouterClient<Router>,
  signal: AbortSignal,
): AsyncGenerator<LiveState> {
  let state: LiveState | undefined;
  try {
    for await (const message of await client.live.watch({}, { signal })) {
      if (message.type === 'snapshot') state = message.state;
      else if (state !== undefined) state = applyChanges(state, message.changes);
      await client.live.ack({ watch: message.watch, seq: message.seq });
      if (state !== undefined) yield state;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The first state that satisfies. `nudge` is run whenever one does not. @throws after 30 s */
export async function until(
  client: RouterClient<Router>,
  what: string,
  satisfies: (state: LiveState) => boolean,
  nudge: () => Promise<unknown> = async () => undefined,
): Promise<LiveState> {
  for await (const state of liveStates(client, AbortSignal.timeout(DEADLINE_MS))) {
    if (satisfies(state)) return state;
    await nudge();
  }
  throw new Error(`It did not come to this in time: ${what}.`);
}
