#!/usr/bin/env node
// Runs its arguments on Node 24 or newer, whatever Node started this file.
// Plain JavaScript on purpose: it has to run on Node 20, which cannot strip types.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const NEEDED = 24;

function ownNode() {
  const major = Number.parseInt(process.versions.node, 10);
  return major >= NEEDED ? process.execPath : undefined;
}

/** The registry names its packages `node-<platform>-<arch>`, with `win` for Windows. */
function packagedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const bin = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node);
    return existsSync(bin) ? bin : undefined;
  } catch {
    return undefined;
  }
}

function namedNode() {
  const named = process.env['GATEHOUSE_NODE'];
  if (named === undefined || named === '') return undefined;
  if (!existsSync(named)) refuse(`GATEHOUSE_NODE names ${named}, and there is no such file.`);
  return named;
}

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function advice() {
  if (process.platform === 'darwin') {
    return `Gatehouse needs Node ${NEEDED} or newer, and npm has no copy of it for macOS: install Node ${NEEDED} and run this again, or name it in GATEHOUSE_NODE.`;
  }
  return `Gatehouse needs Node ${NEEDED} or newer and this is ${process.versions.node}: run npm ci without --omit=optional, or install Node ${NEEDED} and name it in GATEHOUSE_NODE.`;
}

const node = ownNode() ?? packagedNode() ?? namedNode() ?? refuse(advice());
const child = spawn(node, process.argv.slice(2), { stdio: 'inherit' });

// A terminal sends Ctrl+C to the child as well; passing it on would make one press count twice.
const passedOn = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
for (const signal of passedOn) process.on(signal, () => child.kill(signal));
if (process.stdin.isTTY) process.on('SIGINT', () => {});

child.once('error', (cause) => refuse(`Node ${NEEDED} at ${node} could not be started: ${cause.message}.`));
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  for (const name of ['SIGINT', ...passedOn]) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  // Where the signal does not end this process, the shell's convention says how the child ended.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
});
