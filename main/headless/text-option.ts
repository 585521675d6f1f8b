import { readFile, stat } from 'node:fs/promises';
import { usageError } from './cli-error.ts';

/** The text itself, or, after an `@`, what is in that file. @throws {CliError} where it is larger than that, in bytes */
export async function textOption(given: string, maxBytes: number): Promise<string> {
  if (!given.startsWith('@')) return given;
  const path = given.slice(1);
  const { size } = await stat(path);
  if (size > maxBytes) throw usageError(`${path} is larger than ${maxBytes} bytes.`);
  return await readFile(path, 'utf8');
}
