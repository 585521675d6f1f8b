#!/usr/bin/env node
/** The program: `gatehouse serve` runs the host, every other command talks to a running one. */
import { startLight } from './light-start.ts';

startLight(process.env);
const { version } = await import('./version.ts');
const [first = '', second = ''] = process.argv.slice(2);
if (first === 'demo-peer') {
  // Started by the demo, never by a person.
  const { runDemoPeer } = await import('../demo/index.ts');
  await runDemoPeer(second, version);
} else if (first === 'demo-agent') {
  const { runDemoAgent } = await import('../demo/index.ts');
  await runDemoAgent(version);
} else {
  const { runCommandLine } = await import('./program.ts');
  const { processTerminal } = await import('./terminal.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), version);
}
