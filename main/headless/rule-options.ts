import { AgentName, PeerId } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';
import { Constraint, Effect, NewRule, type Hours, type Limits, type Scalar } from '../../shared/rules.ts';
import { usageError, type CliError } from './cli-error.ts';
import { parseDuration } from './durations.ts';
import { findPeer } from './find-peer.ts';

/** What `rules add` and `rules replay` take. */
export interface RuleOptions {
  readonly effect: string;
  readonly peer?: string;
  readonly trust?: string;
  readonly agent?: string;
  readonly tool?: string;
  readonly where?: readonly string[];
  readonly limit?: readonly string[];
  readonly hours?: string;
  readonly expires?: string;
  readonly untilQuit?: boolean;
}

/** The rule that the options describe. @throws {CliError} USAGE */
export function ruleFrom(options: RuleOptions, state: LiveState): NewRule {
  const effect = Effect.safeParse(options.effect);
  if (!effect.success) throw usageError('--effect is allow, ask, ask-and-review or deny.');
  const agent = options.agent === undefined ? null : AgentName.safeParse(options.agent);
  if (agent?.success === false) throw usageError(agent.error.issues[0]?.message ?? 'This is no agent.');
  const rule = NewRule.safeParse({
    effect: effect.data,
    peerId: options.peer === undefined ? null : peerOf(options.peer, state),
    trust: options.trust ?? null,
    agent: agent?.data ?? null,
    tool: options.tool ?? null,
    arguments: (options.where ?? []).map(constraintOf),
    hours: options.hours === undefined ? null : hoursOf(options.hours),
    limits: limitsOf(options.limit ?? []),
    expiresAt: options.expires === undefined ? null : timeOf(options.expires),
    untilQuit: options.untilQuit === true,
  });
  if (rule.success) return rule.data;
  const [issue] = rule.error.issues;
  if (issue?.code === 'invalid_value') throw usageError('--trust is unknown, known or trusted.');
  throw usageError(issue?.message ?? 'This is no rule.');
}

/** A peer that is known here, or a whole peer id. */
const peerOf = (text: string, state: LiveState): PeerId =>
  PeerId.safeParse(text).data ?? findPeer(text, state.peers).peerId;

const WHERE =
  '--where is KIND:PLACE=VALUE, such as path:/path=/home/me/**, equals:/mode=read, one-of:/mode=a,b, prefix:/url=https://example.org/, range:/n=1..10 or max-size:=2000.';

/** `KIND:PLACE=VALUE`; the place ends at the first `=`. @throws {CliError} USAGE */
function constraintOf(text: string): Constraint {
  const [, kind, at, value] = /^([a-z-]+):([^=]*)=(.*)$/s.exec(text) ?? [];
  if (kind === undefined || at === undefined || value === undefined) throw usageError(WHERE);
  const made = Constraint.safeParse({ at, kind, ...valueOf(kind, value) });
  if (made.success) return made.data;
  const said = made.error.issues[0]?.code === 'invalid_union' ? null : made.error.issues[0]?.message;
  throw usageError(said === null || said === undefined || said.startsWith('Invalid') ? WHERE : said);
}

function valueOf(kind: string, text: string): Record<string, unknown> {
  switch (kind) {
    case 'equals':
      return { value: scalarOf(text) };
    case 'one-of':
      return { values: text.startsWith('[') ? jsonOf(text) : text.split(',').map(scalarOf) };
    case 'prefix':
      return { prefix: text };
    case 'path':
      return { glob: text };
    case 'range': {
      const [, min, max] = /^(.*?)\.\.(.*)$/.exec(text) ?? [];
      if (min === undefined || max === undefined) throw usageError(WHERE);
      return { min: min === '' ? null : Number(min), max: max === '' ? null : Number(max) };
    }
    case 'max-size':
      return { bytes: Number(text) };
    default:
      throw usageError(WHERE);
  }
}

/** A number, true, false, null or a text in quotes, as JSON; anything else is the text itself. */
function scalarOf(text: string): Scalar {
  const value = jsonOf(text);
  return isScalar(value) ? value : text;
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const LIMIT = '--limit is calls=100/hour, bytes=20MiB/day or seconds=600/day; give it once for each.';
const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1_048_576, GiB: 1_073_741_824 };

function limitsOf(texts: readonly string[]): Limits | null {
  if (texts.length === 0) return null;
  const none = { calls: null, bytes: null, seconds: null };
  const limits: Limits = { hour: { ...none }, day: { ...none } };
  for (const text of texts) {
    const match = /^(?<what>calls|bytes|seconds)=(?<amount>[^/]+)\/(?<span>hour|day)$/.exec(text)?.groups;
    const [what, span] = [match?.['what'], match?.['span']];
    if (what !== 'calls' && what !== 'bytes' && what !== 'seconds') throw usageError(LIMIT);
    limits[span === 'hour' ? 'hour' : 'day'][what] = amountOf(match?.['amount'] ?? '', what, LIMIT);
  }
  return limits;
}

/** @param usage what to say where it is none @throws {CliError} USAGE */
export function amountOf(text: string, what: 'calls' | 'bytes' | 'seconds', usage: string): number {
  const [, digits, unit = ''] = /^(\d{1,13})(|KiB|MiB|GiB)$/.exec(text) ?? [];
  const amount = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (!(amount >= 1) || (unit !== '' && what !== 'bytes')) throw usageError(usage);
  return amount;
}

const HOURS = '--hours is 09:00-17:00, mon-fri 09:00-17:00 or sat,sun 22:00-06:00.';
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function hoursOf(text: string): Hours {
  const [, days, from, to] = /^(?:([a-z,-]+) +)?(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text.trim()) ?? [];
  if (from === undefined || to === undefined) throw usageError(HOURS);
  const set = new Set(days === undefined ? [0, 1, 2, 3, 4, 5, 6] : days.split(',').flatMap(daysOf));
  return { days: [...set].toSorted((one, other) => one - other), from, to };
}

/** `mon`, or `fri-mon` over the weekend. */
function daysOf(part: string): number[] {
  const [first, last = first, ...more] = part.split('-').map((day) => DAYS.indexOf(day));
  if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) {
    throw usageError(HOURS);
  }
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, at) => (first + at) % 7);
}

/** `10m`, `30d`, a day such as 2026-12-03 (its beginning here), or a time. @throws {CliError} USAGE */
export function timeOf(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== null) return Date.now() + seconds * 1000;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(isDay ? `${text}T00:00` : text) : Number.NaN;
  if (Number.isNaN(time)) throw notATime();
  return time;
}

const notATime = (): CliError =>
  usageError('Write a duration such as 45s, 10m, 1h or 30d, a day such as 2026-12-03, or 2026-12-03T14:00.');
