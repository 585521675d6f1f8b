/** What went wrong with the database, in a sentence that says what to do. */
export class RecordsError extends Error {
  override readonly name = 'RecordsError';
  readonly code: 'LOCKED' | 'FOREIGN' | 'NEWER' | 'CORRUPT' | 'DISK' | 'CLOSED';
  constructor(code: RecordsError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const SQLITE = { busy: 5, locked: 6, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** The primary result code of SQLite (https://sqlite.org/rescode.html), or null for an error that is none. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** Result codes that concern the file or the machine, so that trying again later can help. */
const OF_THE_MACHINE: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 22, 23, 26]);

/** Whether the database as a whole cannot be written, as opposed to one value that it refuses. */
export const concernsTheFile = (error: unknown): boolean => OF_THE_MACHINE.has(sqliteCode(error) ?? -1);

/** Says in a sentence what SQLite says in a number. */
export function recordsErrorFrom(error: unknown, file: string): RecordsError {
  if (error instanceof RecordsError) return error;
  const cause = { cause: error };
  switch (sqliteCode(error)) {
    case SQLITE.busy:
    case SQLITE.locked:
      return new RecordsError(
        'LOCKED',
        `Another program uses the records in ${file}. Close it, then try again.`,
        cause,
      );
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return new RecordsError(
        'CORRUPT',
        `The records in ${file} are damaged. The file was left as it is: move it away or put a copy from a backup in its place, then start again.`,
        cause,
      );
    case SQLITE.full:
      return new RecordsError('DISK', `The disk that holds ${file} is full. Free some space.`, cause);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new RecordsError(
        'DISK',
        `The records in ${file} cannot be written (${reason}). Check the disk and the permissions of the file.`,
        cause,
      );
    }
  }
}
