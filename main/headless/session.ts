import type { Command } from 'commander';
import { CliError, ExitCode, toCliError } from './cli-error.ts';
import { connect } from './client.ts';
import type { Connection } from './client.ts';
import { dataDir } from './data-dir.ts';
import { withDeadline } from './deadline.ts';
import { jsonLine } from '../../shared/json-line.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** How long the host may take to answer an ordinary request, in milliseconds. */
const REQUEST_MS = 30_000;

/** What a command works with: its own options, the terminal, and the running host. */
export interface Session {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly dataDir: string;
  /** Prints one line for people; nothing with `--json`. */
  say(line: string): void;
  /** Prints a value as one line of JSON; nothing without `--json`. */
  give(value: unknown): void;
  /** Prints rows in aligned columns, or the sentence where there are none; nothing with `--json`. */
  columns(header: readonly string[], rows: readonly (readonly string[])[], empty: string): void;
  /**
   * Connects, does the work and closes. The work ends with the deadline, with the host, and with Ctrl+C.
   * @throws {CliError}
   */
  withHost<T>(
    work: (connection: Connection) => Promise<T>,
    options?: { deadlineMs: number | null },
  ): Promise<T>;
}

/** Global options; every command takes them too. */
interface CommonOptions {
  readonly json?: boolean;
  readonly data?: string;
}

export function createSession(terminal: Terminal, command: Command): Session {
  const options = command.optsWithGlobals<CommonOptions>();
  const json = options.json === true;
  const session: Session = {
    terminal,
    json,
    dataDir: dataDir(options.data),
    say: (line) => {
      if (!json) terminal.out(`${line}\n`);
    },
    give: (value) => {
      if (json) terminal.out(`${jsonLine(value)}\n`);
    },
    columns: (header, rows, empty) => {
      if (!json) terminal.out(rows.length === 0 ? `${empty}\n` : table(header, rows));
    },
    withHost: async (work, { deadlineMs } = { deadlineMs: REQUEST_MS }) => {
      const connection = await connect(session.dataDir);
      try {
        const done = untilAborted(work(connection), [terminal.interrupted, connection.lost]);
        return await (deadlineMs === null ? done : withDeadline(done, deadlineMs, tooLate));
      } catch (error) {
        if (terminal.interrupted.aborted) throw interruptedError();
        // The library rejects what was under way when the connection closes; the reason is the host.
        throw connection.lost.aborted ? toCliError(connection.lost.reason) : toCliError(error);
      } finally {
        connection.close();
      }
    },
  };
  return session;
}

export function interruptedError(): CliError {
  return new CliError('INTERRUPTED', ExitCode.interrupted, 'Interrupted.');
}

function tooLate(): CliError {
  return new CliError('TIMEOUT', ExitCode.unreachable, 'The host did not answer in time.');
}

async function untilAborted<T>(work: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Error('Ended from outside.'));
  for (const signal of signals) {
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  }
  try {
    return await Promise.race([work, promise]);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', stop);
  }
}
