import type { Answer } from '../../../shared/gate.ts';
import { usageError } from '../cli-error.ts';
import { formatSpan, parseDuration } from '../durations.ts';
import { parseLimits } from '../limits-option.ts';
import { textOption } from '../text-option.ts';

export interface ApproveOptions {
  readonly for?: string;
  readonly untilQuit?: boolean;
  readonly always?: boolean;
  readonly limit?: readonly string[];
  readonly edit?: string;
}

export interface DenyOptions {
  readonly always?: boolean;
  readonly block?: boolean;
  readonly reason?: string;
}

const MAX_EDITED_BYTES = 1_048_576;
/** Longest reason, in characters. */
const MAX_REASON = 200;

/** @throws {CliError} where the options contradict one another */
export async function approval(options: ApproveOptions): Promise<Answer> {
  const lasting = [options.for !== undefined, options.untilQuit === true, options.always === true];
  if (lasting.filter(Boolean).length > 1) throw usageError('Give one of --for, --until-quit and --always.');
  const isOnce = !lasting.includes(true);
  const limits = parseLimits(options.limit);
  if (isOnce && limits !== null) throw usageError('Limits go with --for, --until-quit or --always.');
  if (!isOnce && options.edit !== undefined) {
    throw usageError('Changed arguments are for this one call. Leave out --for, --until-quit and --always.');
  }
  if (options.for !== undefined) {
    const seconds = parseDuration(options.for);
    if (seconds === null) throw usageError('Write the duration as 45s, 10m, 1h or 1d; 30 days at most.');
    return { kind: 'allow-for', seconds, limits };
  }
  if (options.untilQuit === true) return { kind: 'allow-until-quit', limits };
  if (options.always === true) return { kind: 'allow-always', limits };
  const edited = options.edit === undefined ? null : await textOption(options.edit, MAX_EDITED_BYTES);
  return { kind: 'allow-once', edited };
}

/** @throws {CliError} where the options contradict one another */
export function denial({ always = false, block = false, reason }: DenyOptions): Answer {
  if (block && always) throw usageError('Give one of --always and --block.');
  if (block && reason !== undefined) throw usageError('Who is blocked is given no reason.');
  return block ? { kind: 'deny-and-block' } : { kind: 'deny', always, reason: reasonOf(reason) };
}

/** @throws {CliError} where it is too long */
export function reasonOf(given: string | undefined): string | null {
  const reason = given?.trim() ?? '';
  if (reason.length > MAX_REASON) throw usageError(`A reason has at most ${MAX_REASON} characters.`);
  return reason === '' ? null : reason;
}

/** What has been done, as a sentence. */
export function outcome(chosen: Answer): string {
  switch (chosen.kind) {
    case 'allow-once':
      return chosen.edited === null
        ? 'Allowed, this once.'
        : 'Allowed, this once, with the changed arguments. The caller is told that they were changed.';
    case 'allow-for':
      return `Allowed for ${formatSpan(chosen.seconds * 1000)}.`;
    case 'allow-until-quit':
      return 'Allowed until the host stops.';
    case 'allow-always':
      return 'Allowed from now on. "gatehouse rules" lists the rule.';
    case 'deny':
      return chosen.always ? 'Denied, from now on. "gatehouse rules" lists the rule.' : 'Denied.';
    case 'deny-and-block':
      return 'Denied, and the peer is blocked.';
    case 'later':
      return `Put off for ${formatSpan(chosen.minutes * 60_000)}. It goes on waiting.`;
    default:
      return chosen satisfies never;
  }
}
