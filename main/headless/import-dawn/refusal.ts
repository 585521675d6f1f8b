import { CliError, ExitCode } from '../cli-error.ts';

/** Something in the folder that cannot be what it should be: its file, and what is expected. */
export const refused = (message: string, cause?: unknown): CliError =>
  new CliError('INVALID', ExitCode.failed, message, { cause });
