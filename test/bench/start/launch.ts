import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** As it is built and shipped, not from its sources, which start slower and take more memory. */
const PROGRAM = fileURLToPath(new URL('../../../out/headless/index.js', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 15_000;

/** Everything that a host starts with, but on this machine only. */
const SERVE = [
  'serve',
  '--json',
  '--port',
  '0',
  '--no-mdns',
  '--listen',
  '/ip4/127.0.0.1/tcp/0',
  '/ip4/127.0.0.1/udp/0/quic-v1',
  '/ip4/127.0.0.1/tcp/0/ws',
];

const ReadyLine = z.looseObject({
  url: z.string(),
  peerId: z.string(),
  addresses: z.array(z.string()).min(1),
});

export interface Launched {
  readonly pid: number;
  /** From just before the process was made until its ready line was read, in milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Runs `gatehouse serve` as somebody at a terminal would, and waits until it says that it is ready. */
export async function launch(dataDir: string, profileDir: string | null): Promise<Launched> {
  const profile = profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const before = performance.now();
  const child = spawn(process.execPath, [...profile, PROGRAM, ...SERVE, '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  };
  const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  try {
    for await (const line of createInterface(child.stdout)) {
      const readyMs = performance.now() - before;
      ReadyLine.parse(JSON.parse(line));
      if (child.pid === undefined) break;
      child.stdout.resume();
      return { pid: child.pid, readyMs, stop };
    }
    throw new Error('The host ended before it was ready.');
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
}
