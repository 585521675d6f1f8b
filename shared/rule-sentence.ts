import type { PeerId } from './ids.ts';
import type { Constraint, Hours, Limits, NewRule } from './rules.ts';
import { visibleText } from './visible-text.ts';

interface SentenceOptions {
  /** What a peer is called; null where it is not known here. Made visible by `ruleSentence`. */
  readonly nameOf: (peerId: PeerId) => string | null;
  /** For the expiry; this machine's own by default. */
  readonly timeZone?: string;
}

/** Longest single part, such as a prefix, in characters; beyond it ends with `…`. */
const MAX_PART = 500;

const shown = (text: string): string => visibleText(text, { maxLength: MAX_PART }).text;
const quoted = (text: string): string => shown(JSON.stringify(text));
/** A name with nothing in it that could pass for a part of the sentence stands as it is; others stand in quotes. */
const plainOrQuoted = (text: string): string => (/^[\w.:/*+@~-]{1,200}$/.test(text) ? text : quoted(text));

/**
 * A rule as one English sentence, as plain text: who may use what, under which conditions, how much and until when.
 * Pure. Whatever others wrote (names of tools and of arguments, values) is made visible, and stands in quotes where it
 * could pass for a part of the sentence.
 */
export function ruleSentence(rule: NewRule, options: SentenceOptions): string {
  const who = whoOf(rule, options);
  const what = whatOf(rule);
  const conditions = [
    ...(rule.arguments.length > 0 ? [`where ${list(rule.arguments.map(constraintText))}`] : []),
    ...(rule.hours === null ? [] : [hoursText(rule.hours)]),
    ...(rule.limits === null ? [] : [limitsText(rule.limits)].filter((text) => text !== '')),
    ...(rule.untilQuit ? ['until Gatehouse quits'] : []),
    ...(rule.expiresAt === null ? [] : [`until ${timeText(rule.expiresAt, options.timeZone)}`]),
  ];
  const begin = {
    allow: `${who} may use ${what}`,
    ask: `You are asked before ${who} may use ${what}`,
    'ask-and-review': `You are asked before ${who} may use ${what}, and again before the answer leaves`,
    deny: `${who} may not use ${what}`,
  }[rule.effect];
  const sentence = [begin, ...conditions].join(', ');
  const asksFirst = rule.effect === 'ask' || rule.effect === 'ask-and-review';
  // Names keep their spelling; only our own "any …" gets a capital.
  return `${rule.peerId === null && !asksFirst ? `A${sentence.slice(1)}` : sentence}.`;
}

function whoOf({ peerId, trust }: NewRule, { nameOf }: SentenceOptions): string {
  if (peerId !== null) return shown(nameOf(peerId) ?? `…${peerId.slice(-8)}`);
  return trust === null ? 'any peer' : `any ${trust} peer`;
}

function whatOf({ agent, tool, effect }: NewRule): string {
  // One may use all of them; one is asked about, or kept from, any of them.
  const all = effect === 'allow' ? 'every' : 'any';
  if (tool === null) return agent === null ? `${all} tool of ${all} agent` : `${all} tool of ${agent}`;
  return agent === null ? `${plainOrQuoted(tool)} of any agent` : `${agent} ▸ ${plainOrQuoted(tool)}`;
}

/** The place in words: `options ▸ depth`. */
function placeText(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => plainOrQuoted(part.replaceAll('~1', '/').replaceAll('~0', '~')))
    .join(' ▸ ');
}

/** What one constraint asks for, such as `path is within /home/me/**`. */
function constraintText(constraint: Constraint): string {
  const place = constraint.at === '' ? 'the whole of the arguments' : placeText(constraint.at);
  switch (constraint.kind) {
    case 'equals':
      return `${place} is ${shown(JSON.stringify(constraint.value))}`;
    case 'one-of':
      return `${place} is ${list(
        constraint.values.map((value) => shown(JSON.stringify(value))),
        'or',
      )}`;
    case 'prefix':
      return `${place} begins with ${quoted(constraint.prefix)}`;
    case 'path':
      return `${place} is within ${plainOrQuoted(constraint.glob)}`;
    case 'range':
      return `${place} is ${rangeText(constraint.min, constraint.max)}`;
    case 'max-size':
      return `${place} takes at most ${count(constraint.bytes, 'byte')}`;
    default:
      return constraint satisfies never;
  }
}

function rangeText(min: number | null, max: number | null): string {
  if (min === null) return `at most ${max}`;
  return max === null ? `at least ${min}` : `from ${min} to ${max}`;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function hoursText({ days, from, to }: Hours): string {
  const set = [...new Set(days)].toSorted((one, other) => one - other);
  const names = set.map((day) => DAYS[day] ?? '');
  const on =
    set.length === 7
      ? 'every day'
      : set.join('') === '12345'
        ? 'from Monday to Friday'
        : set.join('') === '06'
          ? 'on Saturday and Sunday'
          : `on ${list(names)}`;
  return `${on} between ${from} and ${to}`;
}

function limitsText(limits: Limits): string {
  const each = (['hour', 'day'] as const).flatMap((span) => {
    const { calls, bytes, seconds } = limits[span];
    const amounts = [
      ...(calls === null ? [] : [count(calls, 'call')]),
      ...(bytes === null ? [] : [count(bytes, 'byte')]),
      ...(seconds === null ? [] : [`${count(seconds, 'second')} of work`]),
    ];
    return amounts.length === 0 ? [] : [`${list(amounts)} ${span === 'hour' ? 'an hour' : 'a day'}`];
  });
  return each.length === 0 ? '' : `up to ${list(each)}`;
}

function count(number: number, unit: string): string {
  return `${number.toLocaleString('en-GB')} ${unit}${number === 1 ? '' : 's'}`;
}

/** Such as `3 December 2026, 14:05`; midnight is left out. */
function timeText(time: number, timeZone: string | undefined): string {
  // Beyond what a Date can hold.
  if (time > 8_640_000_000_000_000) return 'a day beyond all calendars';
  const zone = timeZone === undefined ? {} : { timeZone };
  const date = new Date(time);
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', ...zone });
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...zone });
  return clock === '00:00' ? day : `${day}, ${clock}`;
}

function list(parts: readonly string[], word: 'and' | 'or' = 'and'): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${word} ${last}`;
}
