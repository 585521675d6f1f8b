#!/usr/bin/env node
/** The program: `gatehouse serve` runs the host, every other command talks to a running one. */
import { runCommandLine } from './program.ts';
import { processTerminal } from './terminal.ts';
import { version } from './version.ts';

const [first = '', second = ''] = process.argv.slice(2);
if (first === 'demo-peer') {
  // Started by the demo, never by a person.
  const { runDemoPeer } = await import('./demo-peer.ts');
  await runDemoPeer(second, version);
} else if (first === 'demo-agent') {
  const { runDemoAgent } = await import('./demo-agent.ts');
  runDemoAgent(version);
} else {
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), version);
}
