import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../../scripts/node24.mjs', import.meta.url));

/** The machine's own Node, whichever it is: the launcher has to cope with an old one. */
const launch = (...args: readonly string[]) =>
  spawn('node', [launcher, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

describe('the launcher', () => {
  it('runs its arguments on Node 24 or newer', async () => {
    const child = launch('--print', 'process.versions.node');
    const [version] = await once(child.stdout.setEncoding('utf8'), 'data');
    expect(Number.parseInt(String(version), 10)).toBeGreaterThanOrEqual(24);
  });

  it('ends with the code of what it ran', async () => {
    const [code] = await once(launch('--eval', 'process.exit(7)'), 'exit');
    expect(code).toBe(7);
  });

  it.skipIf(process.platform === 'win32')('passes a signal on and ends by it', async () => {
    const child = launch('--eval', "console.log('ready'); setInterval(() => {}, 1000)");
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([null, 'SIGTERM']);
  });

  it.skipIf(process.platform === 'win32')('lets what it runs answer a signal in its own way', async () => {
    const program =
      "process.on('SIGINT', () => process.exit(3)); setInterval(() => {}, 1000); console.log('ready')";
    const child = launch('--eval', program);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(3);
  });
});
