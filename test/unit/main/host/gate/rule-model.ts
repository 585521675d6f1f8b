import type { GateQuestion } from '../../../../../main/host/gate/index.ts';
import type { Constraint, Rule } from '../../../../../shared/rules.ts';

/** What the world around a question is, as the model needs it. */
export interface ModelWorld {
  readonly stopped: boolean;
  readonly at: number;
  readonly pin: string | null;
  readonly trustedMayRead: boolean;
  readonly paused: boolean;
  readonly quiet: boolean;
  readonly usedUp: (rule: Rule) => boolean;
}

type Three = 'yes' | 'no' | 'unclear';

/** The order of the gate, written the slow and obvious way: all rules are filtered and sorted for each question. */
export function modelDecides(asked: GateQuestion, rules: readonly Rule[], world: ModelWorld): string {
  if (world.stopped) return 'deny:stopped';
  if (asked.trust === 'blocked') return 'deny:blocked';
  const bearing = rules
    .filter((rule) => isAbout(rule, asked) && (rule.expiresAt === null || world.at < rule.expiresAt))
    .filter((rule) => rule.hours === null || isWithin(rule.hours, world.at))
    .map((rule) => ({ rule, met: all(rule.arguments, asked.args) }))
    .filter(({ rule, met }) => met === 'yes' || (met === 'unclear' && rule.effect !== 'allow'))
    .toSorted((a, b) => compare(a.rule, b.rule));
  const everybody = firstOf(bearing);
  if (everybody.decides?.effect === 'deny') return 'deny:rule';
  let effects = [everybody.decides?.effect, ...everybody.asks];
  if (asked.trust === 'unknown') {
    const named = firstOf(bearing.filter(({ rule }) => rule.peerId !== null));
    if (named.decides === undefined) return 'deny:unknown-peer';
    if (named.decides.effect === 'deny') return 'deny:rule';
    effects = [named.decides.effect, ...named.asks, ...effects.filter((effect) => effect !== 'allow')];
  }
  const given = effects.filter((effect) => effect !== undefined);
  if (world.paused) return 'deny:budget';
  const asks = world.quiet ? 'deny:quiet' : given.includes('ask-and-review') ? 'review' : 'ask';
  if (asked.path === 'legacy') return asks;
  const strictest = (['ask-and-review', 'ask', 'allow'] as const).find((effect) => given.includes(effect));
  if (strictest === undefined) {
    if (world.pin !== null && world.pin !== asked.pin) return asks;
    const mayRead = asked.annotations.stated && asked.annotations.readOnly && world.trustedMayRead;
    return asked.trust === 'trusted' && mayRead ? 'allow:default' : asks;
  }
  if (strictest !== 'allow') return asks;
  const decides =
    asked.trust === 'unknown'
      ? firstOf(bearing.filter(({ rule }) => rule.peerId !== null)).decides
      : everybody.decides;
  if ((decides?.pin ?? world.pin ?? asked.pin) !== asked.pin) return asks;
  return decides !== undefined && world.usedUp(decides) ? asks : 'allow:rule';
}

function firstOf(bearing: readonly { rule: Rule; met: Three }[]): {
  decides: Rule | undefined;
  asks: Rule['effect'][];
} {
  const asks: Rule['effect'][] = [];
  for (const { rule, met } of bearing) {
    if (met === 'yes' || rule.effect === 'deny') return { decides: rule, asks };
    asks.push(rule.effect);
  }
  return { decides: undefined, asks };
}

const isAbout = (rule: Rule, asked: GateQuestion): boolean =>
  (rule.peerId === null || rule.peerId === asked.peerId) &&
  (rule.trust === null || rule.trust === asked.trust) &&
  (rule.agent === null || rule.agent === asked.agent) &&
  (rule.tool === null || rule.tool === asked.tool);

function compare(a: Rule, b: Rule): number {
  const one = specificity(a);
  const two = specificity(b);
  for (const [i, value] of one.entries()) {
    const other = two[i] ?? 0;
    if (value !== other) return other - value;
  }
  return a.id < b.id ? -1 : 1;
}

/** Larger goes first, from left to right. */
function specificity(rule: Rule): number[] {
  const who = rule.peerId !== null ? 2 : rule.trust !== null ? 1 : 0;
  const agent = rule.agent === null ? 0 : 1;
  const tool = rule.tool === null ? 0 : 1;
  const args = rule.arguments.length === 0 ? 0 : 1;
  const strict = { deny: 3, 'ask-and-review': 2, ask: 1, allow: 0 }[rule.effect];
  return [
    (who > 0 ? 1 : 0) + agent + tool + args,
    who,
    agent,
    tool,
    args,
    rule.arguments.length,
    rule.hours === null ? 0 : 1,
    strict,
    rule.createdAt,
  ];
}

function isWithin({ days, from, to }: NonNullable<Rule['hours']>, at: number): boolean {
  const date = new Date(at);
  const time = `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
  const yesterday = (date.getDay() + 6) % 7;
  if (from < to) return days.includes(date.getDay()) && from <= time && time < to;
  return (days.includes(date.getDay()) && from <= time) || (days.includes(yesterday) && time < to);
}

function all(constraints: readonly Constraint[], args: unknown): Three {
  const results = constraints.map((constraint) => modelMeets(constraint, args));
  if (results.includes('no')) return 'no';
  return results.includes('unclear') ? 'unclear' : 'yes';
}

/** Of texts only ASCII and some letters with two or three cases are clear here; the tests make no others. */
export function modelMeets(constraint: Constraint, args: unknown): Three {
  let value = args;
  for (const part of constraint.at.split('/').slice(1)) {
    if (value === null || typeof value !== 'object') return 'unclear';
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const entry = Object.entries(value).find(([key]) => key === name);
    if (entry === undefined) return 'no';
    value = entry[1];
  }
  const yes = (is: boolean): Three => (is ? 'yes' : 'no');
  if (constraint.kind === 'max-size')
    return yes(Buffer.byteLength(JSON.stringify(value)) <= constraint.bytes);
  if (constraint.kind === 'range') {
    if (typeof value !== 'number' || !(Math.abs(value) <= 2 ** 53 - 1)) return 'unclear';
    return yes((constraint.min ?? value) <= value && value <= (constraint.max ?? value));
  }
  if (typeof value === 'string' && /[^ -~Α-Ωα-ωА-Яа-яÉé]/.test(value)) return 'unclear';
  if (constraint.kind === 'equals' || constraint.kind === 'one-of') {
    const values = constraint.kind === 'equals' ? [constraint.value] : constraint.values;
    if (!values.some((one) => typeof one === typeof value && (one === null) === (value === null)))
      return 'unclear';
    if (typeof value === 'number' && Math.abs(value) > 2 ** 53 - 1) return 'unclear';
    return yes(values.some((one) => one === value));
  }
  if (typeof value !== 'string') return 'unclear';
  if (constraint.kind === 'prefix')
    return yes(value.slice(0, constraint.prefix.length) === constraint.prefix);
  if (!value.startsWith('/') || /^\/\/|[\\:]|%[0-9a-f]{2}/i.test(value)) return 'unclear';
  if (value.split('/').some((name) => /[. ]$/.test(name) && name !== '.' && name !== '..')) return 'unclear';
  const normal = modelNormal(value);
  if (globRegex(constraint.glob, 'u').test(normal)) return 'yes';
  return globRegex(constraint.glob, 'iu').test(normal) ? 'unclear' : 'no';
}

/** Takes detours out one by one, as a person would with a pencil. The root is empty. */
export function modelNormal(path: string): string {
  let text = `${path}/`;
  for (;;) {
    const next = text
      .replace(/\/\/+/g, '/')
      .replace(/\/\.\//, '/')
      .replace(/^\/\.\.\//, '/')
      .replace(/\/(?!\.\.?\/)[^/]+\/\.\.\//, '/');
    if (next === text) return text.slice(0, -1);
    text = next;
  }
}

function globRegex(glob: string, flags: string): RegExp {
  const names = glob.split('/').filter((name) => name !== '' && name !== '.');
  const source = names.map((name) =>
    name === '**' ? '(/[^/]+)*' : `/${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '[^/]*')}`,
  );
  return new RegExp(`^${source.join('')}$`, flags);
}
