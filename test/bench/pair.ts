import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GroupName } from './contenders.ts';
import type { Measured } from './measure.ts';
import { Report, type Order } from './messages.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
/** A process has to be ready, and to be gone, within this time. */
const READY_MS = 60_000;
const STOP_MS = 15_000;
/** What a measurement may take beyond its own time. */
const LATE_MS = 30_000;

export interface PairOptions {
  readonly group: GroupName;
  readonly name: string;
  /** A folder for CPU profiles of both processes, or null. */
  readonly profileDir: string | null;
}

/** The two processes of a contender. */
export class Pair {
  readonly name: string;
  readonly #server: ChildProcess;
  readonly #caller: ChildProcess;

  static async start(options: PairOptions): Promise<Pair> {
    const server = start(options, 'serve', '');
    try {
      const { address } = await ready(server, options.name);
      const caller = start(options, 'call', address);
      try {
        await ready(caller, options.name);
        return new Pair(options.name, server, caller);
      } catch (error) {
        await stopped(caller);
        throw error;
      }
    } catch (error) {
      await stopped(server);
      throw error;
    }
  }

  private constructor(name: string, server: ChildProcess, caller: ChildProcess) {
    this.name = name;
    this.#server = server;
    this.#caller = caller;
  }

  async measure(inFlight: number, seconds: number): Promise<Measured> {
    order(this.#caller, { do: 'measure', inFlight, seconds });
    const report = await next(this.#caller, this.name, seconds * 1000 + LATE_MS);
    if (report.is !== 'measured')
      throw new Error(`${this.name} answered ${report.is} instead of its measurement.`);
    return report.measured;
  }

  async stop(): Promise<void> {
    await stopped(this.#caller);
    await stopped(this.#server);
  }
}

function start(
  { group, name, profileDir }: PairOptions,
  role: 'serve' | 'call',
  address: string,
): ChildProcess {
  const file = `${group}-${name.replaceAll(' ', '-')}-${role}.cpuprofile`;
  const profile =
    profileDir === null
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${join(file)}`];
  return fork(WORKER, [group, name, role, address], {
    execArgv: [...process.execArgv, ...profile],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

const order = (child: ChildProcess, message: Order): void => void (child.connected && child.send(message));

async function ready(child: ChildProcess, name: string): Promise<{ address: string }> {
  const report = await next(child, name, READY_MS);
  if (report.is !== 'ready') throw new Error(`${name} answered ${report.is} before it was ready.`);
  return report;
}

/** The next message of a process. */
async function next(child: ChildProcess, name: string, ms: number): Promise<Report> {
  const done = new AbortController();
  const { signal } = done;
  const late = setTimeout(() => done.abort(new Error(`${name} did not answer within ${ms / 1000} s.`)), ms);
  const ended = (code: number | null): void =>
    done.abort(new Error(`${name} ended with code ${code ?? 'none'}.`));
  child.once('exit', ended);
  try {
    const report = Report.parse((await once(child, 'message', { signal }))[0]);
    if (report.is === 'failed') throw new Error(`${name} failed: ${report.message}`);
    return report;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(late);
    child.off('exit', ended);
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  order(child, { do: 'stop' });
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(late);
}
