import { ORPCError } from '@orpc/client';
import { z } from 'zod';
import { HostErrorCode } from '../../shared/contract.ts';

/** What the program ends with; `--help` and docs/command-line.md say the same. */
export const ExitCode = {
  fine: 0,
  failed: 1,
  usage: 2,
  noHost: 3,
  denied: 4,
  expired: 5,
  toolError: 6,
  unreachable: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A command that cannot be done, in one sentence for the person. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: ExitCode;
  constructor(code: string, exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

export const usageError = (message: string): CliError => new CliError('USAGE', ExitCode.usage, message);

const exitCodes: Readonly<Record<HostErrorCode, ExitCode>> = {
  NOT_FOUND: ExitCode.failed,
  INVALID: ExitCode.failed,
  CONFLICT: ExitCode.failed,
  UNREACHABLE: ExitCode.unreachable,
  DENIED: ExitCode.denied,
  EXPIRED: ExitCode.expired,
  STOPPED: ExitCode.unreachable,
  UNAVAILABLE: ExitCode.unreachable,
  BUSY: ExitCode.unreachable,
  CANCELLED: ExitCode.failed,
};

const InvalidInput = z.object({ issues: z.array(z.object({ message: z.string() })).min(1) });

/** Any failure as one that can be printed: what the host answered, or what went wrong on the way there. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ORPCError) {
    const known = HostErrorCode.safeParse(error.code);
    if (known.success)
      return new CliError(known.data, exitCodes[known.data], error.message, { cause: error });
    const invalid = InvalidInput.safeParse(error.data);
    if (error.code === 'BAD_REQUEST' && invalid.success) {
      const said = invalid.data.issues.map((issue) => issue.message).join(' ');
      return new CliError('INVALID', ExitCode.usage, said, { cause: error });
    }
    return new CliError('INTERNAL', ExitCode.failed, `The host failed: ${error.message}`, { cause: error });
  }
  return new CliError(codeOf(error), ExitCode.failed, sentenceOf(error), { cause: error });
}

/** Errors of ours carry a stable code; so do those of the system. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'access to it is not allowed',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of it is a file, not a folder',
  EPERM: 'access to it is not allowed',
  EROFS: 'it cannot be written to',
};

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = reasons[codeOf(error)];
  const path = 'path' in error && typeof error.path === 'string' ? error.path : null;
  return reason === undefined || path === null ? error.message : `${path} cannot be used: ${reason}.`;
}
