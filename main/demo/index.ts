/** The demo: peers that exist on this machine only, and only as long as the shell runs that started them. */
export { createDemo } from './demo.ts';
export type { Demo } from './demo.ts';
export type { DemoProgram } from './demo-agents.ts';

/** The whole life of one peer of the demo, as a process that the demo starts. */
export async function runDemoPeer(config: string, version: string): Promise<void> {
  const peer = await import('./demo-peer.ts');
  await peer.runDemoPeer(config, version);
}

/** A small MCP server on standard input and output, for the demo of an installed copy. */
export async function runDemoAgent(version: string): Promise<void> {
  const agent = await import('./demo-agent.ts');
  agent.runDemoAgent(version);
}
