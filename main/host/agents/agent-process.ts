import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import spawn from 'cross-spawn';
import type { AgentSource } from '../../../shared/agents.ts';
import { quoteWord } from './command-line.ts';
import { LineSplitter, type LineSink } from './line-splitter.ts';
import { endMarked, MARK_VARIABLE } from './marked-processes.ts';
import { signalGroup, sweepGroup } from './process-group.ts';
import type { Watchdog } from './watchdog.ts';

/** After the program has exited, how long its last output is waited for: a grandchild may hold the pipe. */
const LAST_OUTPUT_MS = 200;
const KILL_MS = 5000;

export interface ProcessOptions {
  readonly source: Extract<AgentSource, { kind: 'stdio' }>;
  readonly environment: Readonly<Record<string, string>>;
  /** Of this run alone; inherited by all that it starts. */
  readonly mark: string;
  readonly maxLineBytes: number;
  readonly maxLogLength: number;
  readonly stopGraceMs: number;
  readonly watchdog: Watchdog;
  readonly stdout: LineSink;
  readonly onStderr: (line: string) => void;
  /** The program is gone and its last output was read; what it left in its group may still be there. */
  readonly onExit: () => void;
}

/** One run of a program, in a process group of its own, without a shell. */
export class AgentProcess {
  /** Resolves with a sentence once the program and what it left in its group are gone. Never rejects. */
  readonly ended: Promise<string>;
  /** It could not be started at all. */
  failedToStart = false;
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess | null;
  #exited = false;
  #why: string | null = null;
  #stopping: Promise<void> | null = null;
  /** The system does not end it, as it may be with a disk that hangs. Nothing waits for it any longer. */
  #giveUp: () => void = () => undefined;
  #queue: string[] = [];
  #queued = 0;
  #flushing = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { source } = options;
    const cwd = source.cwd ?? homedir();
    try {
      this.#child = spawn(source.command, source.args, {
        cwd,
        env: { ...options.environment, ...source.env, [MARK_VARIABLE]: options.mark },
        // A group of its own, so that all of it can be signalled. On Windows that would open a console window.
        detached: process.platform !== 'win32',
        windowsHide: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      this.#child = null;
      this.failedToStart = true;
      this.#exited = true;
      this.ended = Promise.resolve(startFailure(source.command, cwd, error)).finally(options.onExit);
      return;
    }
    if (this.#child.pid !== undefined) options.watchdog.add(this.#child.pid);
    this.ended = this.#watch(this.#child, cwd);
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Characters that wait to be read by the program. */
  get backlog(): number {
    return this.#queued + (this.#child?.stdin?.writableLength ?? 0);
  }

  /** Queues one line, given without its newline. All lines of one turn of the event loop leave in one write. */
  write(line: string): void {
    if (this.#exited) return;
    this.#queue.push(line, '\n');
    this.#queued += line.length + 1;
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  /** Ends it: closes its input, then SIGTERM, then SIGKILL to the group. Resolves when nothing of it is left. */
  stop(why: string): Promise<void> {
    this.#why ??= why;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #flush(): void {
    const stdin = this.#child?.stdin;
    if (stdin === null || stdin === undefined || !stdin.writable) {
      this.#queue = [];
      this.#queued = 0;
      this.#flushing = false;
      return;
    }
    const batch = this.#queue.join('');
    this.#queue = [];
    this.#queued = 0;
    if (stdin.write(batch)) {
      this.#flushing = false;
      return;
    }
    stdin.once('drain', () => {
      if (this.#queue.length === 0) this.#flushing = false;
      else this.#flush();
    });
  }

  /** Reads no more of what it writes; a program that writes without end is stopped by that alone. */
  silence(): void {
    this.#child?.stdout?.destroy();
  }

  async #stop(): Promise<void> {
    const { stopGraceMs } = this.#options;
    const pid = this.pid;
    this.#child?.stdin?.end();
    if (!(await this.#endsWithin(stopGraceMs)) && pid !== null) {
      signalGroup(pid, 'SIGTERM');
      if (!(await this.#endsWithin(stopGraceMs))) {
        signalGroup(pid, 'SIGKILL');
        if (!(await this.#endsWithin(KILL_MS))) this.#giveUp();
      }
    }
    await this.ended;
  }

  #endsWithin(ms: number): Promise<boolean> {
    const child = this.#child;
    if (this.#exited || child === null) return Promise.resolve(true);
    return new Promise((resolve) => {
      const onExit = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        child.removeListener('exit', onExit);
        resolve(false);
      }, ms);
      child.once('exit', onExit);
    });
  }

  async #watch(child: ChildProcess, cwd: string): Promise<string> {
    const { source, maxLineBytes, maxLogLength } = this.#options;
    const out = new LineSplitter(maxLineBytes, maxLogLength, this.#options.stdout);
    const errors = new LineSplitter(maxLogLength * 4, maxLogLength * 4, {
      line: this.#options.onStderr,
      overlong: (head) => this.#options.onStderr(`${head}…`),
    });
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    child.stdin?.on('error', () => {
      // It no longer reads. Mostly it has just ended, and then its exit says why; if it lives on it is of no use.
      setTimeout(() => {
        if (!this.#exited) void this.stop('It closed its input.');
      }, LAST_OUTPUT_MS);
    });
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    const how = await new Promise<string>((resolve) => {
      this.#giveUp = () => resolve('It could not be ended: the system does not let go of it.');
      child.once('exit', (code, signal) => resolve(exitSentence(code, signal)));
      child.once('error', (error) => {
        if (child.pid !== undefined) return; // A signal that could not be sent, not a failed start.
        this.failedToStart = true;
        resolve(startFailure(source.command, cwd, error));
      });
    });
    this.#exited = true;
    const why = this.#why ?? how;
    if (child.pid !== undefined) {
      await Promise.race([closed, sleep(LAST_OUTPUT_MS, undefined, { ref: false })]);
      out.end();
      errors.end();
    }
    this.#options.onExit();
    if (child.pid !== undefined) {
      const graceMs = Math.min(this.#options.stopGraceMs, KILL_MS);
      await sweepGroup(child.pid, graceMs);
      // What has left the group, by a session of its own.
      await endMarked(this.#options.mark, graceMs);
      this.#options.watchdog.remove(child.pid);
    }
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    return why;
  }
}

const exitSentence = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? `It ended with exit code ${code ?? 'unknown'}.` : `It was ended by the signal ${signal}.`;

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

function startFailure(command: string, cwd: string, error: unknown): string {
  const shown = quoteWord(command);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    if (!isFolder(cwd)) return `Its working directory ${quoteWord(cwd)} does not exist.`;
    return /[/\\]/.test(command)
      ? `There is no program at ${shown}.`
      : `There is no program called ${shown} on the PATH. Install it, or give its full path.`;
  }
  if (code === 'EACCES' || code === 'EPERM')
    return `The program ${shown} may not be run: permission was denied.`;
  if (code === 'E2BIG') return 'Its arguments and environment are longer than the system allows.';
  if (code === 'ERR_INVALID_ARG_VALUE')
    return 'Its command, arguments or environment contain a null character.';
  return `The program ${shown} could not be started${typeof code === 'string' ? ` (${code})` : ''}.`;
}
