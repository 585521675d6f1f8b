#!/usr/bin/env node
/** The program: `gatehouse serve` runs the host, every other command talks to a running one. */
import { runCommandLine } from './program.ts';
import { processTerminal } from './terminal.ts';
import { version } from './version.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), version);
