import { rename, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Pixels = z.int().min(-100_000).max(100_000);

/** What the shell remembers between runs, all of it dispensable. */
const ShellState = z.object({
  bounds: z.object({ x: Pixels, y: Pixels, width: Pixels.positive(), height: Pixels.positive() }).nullable(),
  maximised: z.boolean(),
  /** What closing the window does; null: ask. */
  onClose: z.enum(['keep', 'quit']).nullable(),
});
export type ShellState = z.infer<typeof ShellState>;

const NOTHING_KEPT: ShellState = { bounds: null, maximised: false, onClose: null };

export interface ShellStateFile {
  readonly state: ShellState;
  /** Takes the change in at once and writes it soon after: many changes, one write. */
  change(change: Partial<ShellState>): void;
  /** Writes what has not been written yet. Never rejects: losing this file costs a window's place. */
  flush(): Promise<void>;
}

/**
 * Reads the file, or starts with nothing where it is missing or no longer parses.
 *
 * @param delayMs how long to wait for more changes before writing
 */
export function openShellState(
  path: string,
  options: { delayMs: number; onError: (error: unknown) => void },
): ShellStateFile {
  let state = read(path);
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const write = (): Promise<void> => {
    timer = null;
    const text = JSON.stringify(state);
    writing = writing.then(() => replaceFile(path, text)).catch(options.onError);
    return writing;
  };

  return {
    get state() {
      return state;
    },
    change(change) {
      state = { ...state, ...change };
      timer ??= setTimeout(() => void write(), options.delayMs).unref();
    },
    flush() {
      if (timer === null) return writing;
      clearTimeout(timer);
      return write();
    },
  };
}

function read(path: string): ShellState {
  try {
    // Once, before there is a window to hold up.
    return ShellState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return NOTHING_KEPT;
  }
}

/** A reader, or a crash, sees the old file or the new one, never half of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
