import { open, rm } from 'node:fs/promises';
import { CliError, ExitCode } from './cli-error.ts';

/**
 * Writes a file that was not there, readable by its owner only, and returns its length in bytes. Where it cannot be
 * written to its end nothing is left of it: half of it would pass for the whole.
 * @throws {CliError} `FILE`; and whatever the pieces throw
 */
export async function writeNewFile(
  path: string,
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece).catch((cause: unknown) => {
        throw unwritable(path, cause);
      });
      bytes += Buffer.byteLength(piece);
    }
    await file.close();
    return bytes;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

function unwritable(path: string, cause: unknown): CliError {
  const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
  const problem = exists ? 'is there already. Name a new file.' : 'cannot be written.';
  return new CliError('FILE', ExitCode.failed, `${path} ${problem}`, { cause });
}
