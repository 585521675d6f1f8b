/** The editor's form: texts as typed, and the rule that they make. Pure. */
import {
  Constraint,
  NewRule,
  type Effect,
  type Hours,
  type Limits,
  type Rule,
  type Scalar,
} from '../../shared/rules.ts';
import { budgetForm, readBudget, type BudgetForm } from '../words/budget.ts';
import { sentenceOfIssue } from '../settings/setting.ts';

export interface ConstraintForm {
  /** For the list on the page only. */
  readonly key: number;
  readonly kind: Constraint['kind'];
  readonly at: string;
  /** The value, prefix, glob, smallest number, or bytes; for `one-of` one value a line. */
  readonly value: string;
  /** The largest number of a range. */
  readonly to: string;
}

export type ExpiryForm = 'never' | 'quit' | 'hour' | 'day' | 'week' | 'month' | 'date';

export interface RuleForm {
  readonly effect: Effect;
  readonly who: 'any' | 'known' | 'trusted' | 'unknown' | 'peer';
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
  readonly constraints: readonly ConstraintForm[];
  readonly hour: BudgetForm;
  readonly day: BudgetForm;
  readonly expiry: ExpiryForm;
  /** As `datetime-local` writes it. */
  readonly expiresAt: string;
  readonly hours: Hours | null;
}

/** By the name of the field; `constraint-0-at`, `constraint-0-value` for the constraints. */
export type RuleErrors = Readonly<Partial<Record<string, string>>>;

const HOUR = 3_600_000;
const SPANS: Readonly<Partial<Record<ExpiryForm, number>>> = {
  hour: HOUR,
  day: 24 * HOUR,
  week: 7 * 24 * HOUR,
  month: 30 * 24 * HOUR,
};
const noAmounts: BudgetForm = { calls: '', bytes: '', seconds: '' };

export const emptyRule: RuleForm = {
  effect: 'allow',
  who: 'any',
  peerId: '',
  agent: '',
  tool: '',
  constraints: [],
  hour: noAmounts,
  day: noAmounts,
  expiry: 'never',
  expiresAt: '',
  hours: null,
};

export const ruleFormOf = (rule: NewRule | Rule): RuleForm => ({
  effect: rule.effect,
  who: rule.peerId === null ? (rule.trust ?? 'any') : 'peer',
  peerId: rule.peerId ?? '',
  agent: rule.agent ?? '',
  tool: rule.tool ?? '',
  constraints: rule.arguments.map(constraintFormOf),
  hour: budgetForm(rule.limits?.hour ?? null),
  day: budgetForm(rule.limits?.day ?? null),
  expiry: rule.untilQuit ? 'quit' : rule.expiresAt === null ? 'never' : 'date',
  expiresAt: rule.expiresAt === null ? '' : localTime(rule.expiresAt),
  hours: rule.hours,
});

function constraintFormOf(constraint: Constraint, key: number): ConstraintForm {
  const base = { key, kind: constraint.kind, at: constraint.at, to: '' };
  switch (constraint.kind) {
    case 'equals':
      return { ...base, value: scalarText(constraint.value) };
    case 'one-of':
      return { ...base, value: constraint.values.map(scalarText).join('\n') };
    case 'prefix':
      return { ...base, value: constraint.prefix };
    case 'path':
      return { ...base, value: constraint.glob };
    case 'range':
      return { ...base, value: constraint.min?.toString() ?? '', to: constraint.max?.toString() ?? '' };
    case 'max-size':
      return { ...base, value: constraint.bytes.toString() };
    default:
      return constraint satisfies never;
  }
}

/** Text that reads back as the same value: quoted where it would be read as something else than text. */
export const scalarText = (value: Scalar): string =>
  typeof value === 'string' && readScalar(value) === value ? value : JSON.stringify(value);

/** A number, `true`, `false` or `null` is what it says; text in double quotes is the text in them. */
export function readScalar(text: string): Scalar {
  const trimmed = text.trim();
  if (/^(-?\d|"|true$|false$|null$)/.test(trimmed)) {
    try {
      const parsed: unknown = JSON.parse(trimmed);
      if (typeof parsed === 'string' || typeof parsed === 'number') return parsed;
      if (typeof parsed === 'boolean' || parsed === null) return parsed;
    } catch {
      // Not one of these: it is text.
    }
  }
  return text;
}

/** `2026-11-03T14:03` in local time. */
export function localTime(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export type ReadRule =
  | { readonly rule: NewRule; readonly errors: RuleErrors }
  | { readonly rule: null; readonly errors: RuleErrors };

/** The rule of a form, or what is wrong with it, each with its field. */
export function readRule(form: RuleForm, now: number): ReadRule {
  const errors: Record<string, string> = {};
  const constraints = form.constraints.map((constraint, index) => {
    const { value, error } = readConstraint(constraint);
    if (error !== null) errors[`constraint-${index.toString()}-${error.field}`] = error.text;
    return value;
  });
  const hour = readAmounts(form.hour, 'hour', errors);
  const day = readAmounts(form.day, 'day', errors);
  const limited =
    form.effect === 'allow' && [...Object.values(hour), ...Object.values(day)].some((n) => n !== null);
  const expiresAt = readExpiry(form, now);
  if (form.expiry === 'date' && (expiresAt === null || expiresAt <= now))
    errors['expiry'] = 'Give a day and a time that are still to come.';
  if (form.who === 'peer' && form.peerId.trim() === '') errors['peerId'] = 'Choose a peer, or give its id.';
  const parsed = NewRule.safeParse({
    effect: form.effect,
    peerId: form.who === 'peer' ? form.peerId.trim() : null,
    trust: form.who === 'peer' || form.who === 'any' ? null : form.who,
    agent: form.agent.trim() === '' ? null : form.agent.trim(),
    tool: form.tool === '' ? null : form.tool,
    arguments: constraints.filter((constraint) => constraint !== null),
    hours: form.hours,
    limits: limited ? { hour, day } : null,
    expiresAt,
    untilQuit: form.expiry === 'quit',
  });
  for (const issue of parsed.error?.issues ?? []) {
    const field = String(issue.path[0] ?? 'rule');
    errors[field] ??=
      field === 'hours' && issue.path[1] === 'days' ? 'Choose at least one day.' : sentenceOfIssue(issue);
  }
  return parsed.success && Object.keys(errors).length === 0
    ? { rule: parsed.data, errors }
    : { rule: null, errors };
}

function readExpiry({ expiry, expiresAt }: RuleForm, now: number): number | null {
  const span = SPANS[expiry];
  if (span !== undefined) return now + span;
  const at = expiry === 'date' ? new Date(expiresAt).getTime() : Number.NaN;
  return Number.isFinite(at) ? at : null;
}

interface ReadConstraint {
  readonly value: Constraint | null;
  readonly error: { readonly field: 'at' | 'value'; readonly text: string } | null;
}

/** One constraint, or which of its fields is wrong. */
export function readConstraint({ kind, at, value, to }: ConstraintForm): ReadConstraint {
  const wrong = (text: string): ReadConstraint => ({ value: null, error: { field: 'value', text } });
  const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));
  let made: unknown;
  switch (kind) {
    case 'equals':
      made = { kind, at, value: readScalar(value) };
      break;
    case 'one-of': {
      const values = value.split('\n').filter((line) => line !== '');
      if (values.length === 0) return wrong('Give at least one value, one a line.');
      if (values.length > 64) return wrong('At most 64 values.');
      made = { kind, at, values: values.map(readScalar) };
      break;
    }
    case 'prefix':
      if (value === '') return wrong('Give the text that it begins with.');
      made = { kind, at, prefix: value };
      break;
    case 'path':
      if (!value.startsWith('/')) return wrong('A path begins with /, such as /home/me/notes/**.');
      made = { kind, at, glob: value };
      break;
    case 'range': {
      const min = numberOf(value);
      const max = numberOf(to);
      if (Number.isNaN(min) || Number.isNaN(max)) return wrong('This is no number.');
      made = { kind, at, min, max };
      break;
    }
    case 'max-size': {
      const size = numberOf(value) ?? Number.NaN;
      if (!Number.isInteger(size) || size < 1 || size > 8_388_608)
        return wrong('Give a whole number of bytes, from 1 to 8,388,608.');
      made = { kind, at, bytes: size };
      break;
    }
    default:
      return kind satisfies never;
  }
  const parsed = Constraint.safeParse(made);
  if (parsed.success) return { value: parsed.data, error: null };
  const [issue] = parsed.error.issues;
  return {
    value: null,
    error: { field: issue?.path[0] === 'at' ? 'at' : 'value', text: issue?.message ?? 'Not accepted.' },
  };
}

function readAmounts(form: BudgetForm, per: 'hour' | 'day', errors: Record<string, string>): Limits['hour'] {
  const { budget, errors: found } = readBudget(form);
  for (const [name, text] of Object.entries(found)) errors[`${per}-${name}`] = text;
  return budget ?? { calls: null, bytes: null, seconds: null };
}

/** Why an allowing rule deserves a second look, as a sentence; null where it does not. */
export function wideWarning(rule: NewRule): string | null {
  if (rule.effect !== 'allow') return null;
  const anyone = rule.peerId === null;
  const anyTool = rule.tool === null;
  if (anyone && anyTool)
    return 'This lets whole groups of peers use whole agents, unasked. Name a peer or a tool to make it narrower.';
  if (anyone)
    return rule.trust === null || rule.trust === 'unknown'
      ? 'This names no peer: it counts for peers whom you have yet to meet.'
      : `This names no peer: it counts for everybody who is ${rule.trust}, now and later.`;
  if (anyTool)
    return 'This names no tool: it counts for tools that delete things, and for those an agent gets later.';
  return null;
}
