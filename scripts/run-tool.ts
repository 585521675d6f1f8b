import { spawn } from 'node:child_process';

export interface Finished {
  /** 0 is success; `null` when a signal ended it. */
  readonly code: number | null;
  /** Standard output and standard error as they came. Empty where they were inherited. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly seconds: number;
}

export interface RunOptions {
  /** `show` gives the tool our own output; `keep` collects it, whole. */
  readonly output: 'show' | 'keep';
  readonly deadlineMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program in the repository, with a deadline: it is asked to stop, and ten seconds later it is
 * stopped, with everything it started.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const started = performance.now();
  const child = spawn(program, args, {
    stdio: options.output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    // A group of its own, so that a deadline reaches the grandchildren too.
    detached: process.platform !== 'win32',
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));

  const stop = (signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void => {
    if (child.pid === undefined) return;
    try {
      if (process.platform === 'win32') child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // It ended in the same moment.
    }
  };
  const interrupt = (): void => {
    stop('SIGTERM');
    process.exit(130);
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);

  let timedOut = false;
  let lastWord: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => {
    timedOut = true;
    stop('SIGTERM');
    lastWord = setTimeout(() => stop('SIGKILL'), 10_000);
  }, options.deadlineMs);

  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output, timedOut, seconds: (performance.now() - started) / 1000 };
  } finally {
    clearTimeout(deadline);
    clearTimeout(lastWord);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** Runs a tool of node_modules on this same Node. */
export function runTool(script: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return runProgram(process.execPath, [`node_modules/${script}`, ...args], options);
}
