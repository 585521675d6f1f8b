import type { AgentName, PeerId } from '../../shared/ids.ts';
import { HARMLESS_TOOLS } from './demo-agents.ts';
import type { HostClient } from './demo-messages.ts';
import { waitingQuestions } from './waiting-questions.ts';

/**
 * THE DEMO ANSWERS FOR THE PERSON HERE, once, and on its own scratch data: the first question of one demo peer
 * for one harmless tool of the demo's agent is allowed until the demo ends, so that allowed calls flow while
 * others wait. It answers as a person does, through the contract, bound to the digest of what was asked; a host
 * that is not of a demo never gets here.
 */
export async function giveStandingPermission(
  client: HostClient,
  peerId: PeerId,
  agent: AgentName,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const question of waitingQuestions(client, signal)) {
      const isIt =
        question.peerId === peerId && question.agent === agent && HARMLESS_TOOLS.has(question.tool);
      if (!isIt) continue;
      const { id, digest } = question;
      await client.approvals.answer({ id, digest, answer: { kind: 'allow-until-quit', limits: null } });
      return;
    }
  } catch {
    // The person was quicker, or the demo ends.
  }
}
