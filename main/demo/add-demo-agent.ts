import type { AgentSpec } from '../../shared/agents.ts';
import type { HostClient } from './demo-messages.ts';

/** Adds an agent and starts it. The demo's own commands need nobody's confirmation. */
export async function addDemoAgent(client: HostClient, spec: AgentSpec): Promise<void> {
  await client.agents.add(spec);
  for await (const message of await client.live.watch({})) {
    const agent = message.type === 'snapshot' ? message.state.agents[spec.name] : undefined;
    if (agent === undefined) throw new Error(`The agent ${spec.name} of the demo is not there.`);
    await client.agents.confirm({ name: agent.name, sourceDigest: agent.sourceDigest });
    break;
  }
  await client.agents.start({ name: spec.name });
}
