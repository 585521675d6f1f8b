import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { demoCall } from './demo-agents.ts';
import type { CallsFor } from './demo-agents.ts';
import type { DemoHost, HostClient } from './demo-messages.ts';

/** Between two calls, in milliseconds: before the first, then at least and at most. */
interface Pace {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

/** Of the person's own host, to a demo peer. */
export const paceOfOwnCalls: Pace = { first: 500, least: 3000, most: 9000 };
/** Among the demo's peers. */
export const paceAmongPeers: Pace = { first: 1000, least: 2000, most: 6000 };
/** To the person: what is allowed by now flows, what has to be asked leaves time to think. */
export const paceOfAllowedCalls: Pace = { first: 300, least: 2500, most: 7000 };
export const paceOfQuestions: Pace = { first: 1500, least: 6000, most: 20_000 };

/**
 * Keeps calling the agent of another host now and then. One call at a time, so that at most one of these waits
 * for an answer.
 */
export async function callNowAndThen(
  client: HostClient,
  other: DemoHost,
  kind: CallsFor,
  pace: Pace,
  root: string,
  signal: AbortSignal,
): Promise<void> {
  const scratch = join(root, 'files-scratch');
  for (let turn = 0; !signal.aborted; turn += 1) {
    try {
      const wait = turn === 0 ? pace.first : pace.least + Math.random() * (pace.most - pace.least);
      await pause(wait, undefined, { signal });
      const { tool, args } = demoCall(other.agent, scratch, turn, kind);
      await client.tools.call(
        { peerId: other.peerId, agent: other.agent, tool, arguments: args },
        { signal },
      );
    } catch {
      // Denied, expired, stopped or unreachable: all of that belongs to the demo, and the next turn comes.
    }
  }
}
