import { createInterface } from 'node:readline/promises';

/** What a command has of the outside: replaced in tests. */
export interface Terminal {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** How wide standard output is, where it is a terminal; else null. */
  readonly columns: number | null;
  /** A person is there to be asked. */
  readonly interactive: boolean;
  /** Asks the person and resolves with their line. */
  ask(question: string): Promise<string>;
  /** All of standard input as text, up to `limit` bytes. */
  readInput(limit: number): Promise<string>;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** Two signals closer than this are one: a terminal and a wrapper around us may both deliver the same. */
const SAME_SIGNAL_MS = 300;

/** The terminal of this process. A second signal ends the process at once. */
export function processTerminal(): Terminal {
  const interrupted = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    if (!interrupted.signal.aborted) {
      first = Date.now();
      interrupted.abort();
    } else if (Date.now() - first > SAME_SIGNAL_MS) {
      process.exit(130);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Whoever read our output has gone, as `head` does; what is left to say has no reader.
  const onPipeError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  };
  process.stdout.on('error', onPipeError);
  process.stderr.on('error', onPipeError);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: process.stdout.isTTY ? process.stdout.columns : null,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    ask: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(question, { signal: interrupted.signal });
      } finally {
        lines.close();
      }
    },
    readInput: async (limit) => {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of process.stdin) {
        const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
        size += bytes.length;
        if (size > limit) throw new RangeError(`The input is longer than ${limit} bytes.`);
        chunks.push(bytes);
      }
      return Buffer.concat(chunks).toString('utf8');
    },
    interrupted: interrupted.signal,
  };
}
