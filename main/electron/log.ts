import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The file is put aside, as `.old`, when it has grown beyond this. */
const MOST_BYTES = 1024 * 1024;

export type Log = (line: string) => void;

/**
 * The shell's own log, of its faults only. Written at once, since the next thing that happens may be the end of
 * the process. Never throws.
 *
 * @param pathNow asked anew for each line, since the place becomes known only while the app starts
 */
export function openLog(pathNow: () => string, now: () => Date = () => new Date()): Log {
  return (line) => {
    const entry = `${now().toISOString()} ${line}\n`;
    process.stderr.write(entry);
    try {
      const path = pathNow();
      mkdirSync(dirname(path), { recursive: true });
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES)
        renameSync(path, `${path}.old`);
      appendFileSync(path, entry, { mode: 0o600 });
    } catch {
      // The entry is on stderr; there is nowhere else to tell.
    }
  };
}
