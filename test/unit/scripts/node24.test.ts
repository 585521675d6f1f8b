import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../../scripts/node24.mjs', import.meta.url));

/** The machine's own Node, whichever it is: the launcher has to cope with an old one. */
const launch = (...args: readonly string[]) =>
  spawn('node', [launcher, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

const endOf = (child: ChildProcess): Promise<{ code: number | null; signal: string | null }> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

describe('the launcher', () => {
  it('runs its arguments on Node 24 or newer', async () => {
    const child = launch('--print', 'process.versions.node');
    const version = await text(child.stdout);
    expect(Number.parseInt(version, 10)).toBeGreaterThanOrEqual(24);
  });

  it('ends with the code of what it ran', async () => {
    expect(await endOf(launch('--eval', 'process.exit(7)'))).toEqual({ code: 7, signal: null });
  });

  it.skipIf(process.platform === 'win32')('passes a signal on and ends by it', async () => {
    const child = launch('--eval', "console.log('ready'); setInterval(() => {}, 1000)");
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await endOf(child)).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it.skipIf(process.platform === 'win32')('lets what it runs answer a signal in its own way', async () => {
    const program =
      "process.on('SIGINT', () => process.exit(3)); setInterval(() => {}, 1000); console.log('ready')";
    const child = launch('--eval', program);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await endOf(child)).toEqual({ code: 3, signal: null });
  });
});
