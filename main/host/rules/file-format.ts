import { z } from 'zod';
import { AgentName, PeerId, Sha256Hex } from '../../../shared/ids.ts';
import { Constraint, type Rule, type Scalar } from '../../../shared/rules.ts';

/** The rules file, as `docs/rules.md` describes it. What is left out matches anything, or has no end. */
export const FORMAT = 1;
export const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const text = (what: string, max: number): z.ZodString =>
  z
    .string({ error: `${what} must be text; put it in quotes.` })
    .min(1)
    .max(max);
const instant = (what: string): z.ZodISODateTime =>
  z.iso.datetime({ offset: true, error: `${what} looks like 2026-12-03T14:00:00Z.` });
const amount = z.int().min(1, 'An amount is 1 or more.').max(1_000_000_000_000);
const Amounts = z.strictObject({
  calls: amount.optional(),
  bytes: amount.optional(),
  seconds: amount.optional(),
});
const Value = z.union([z.string().max(4000), z.number(), z.boolean(), z.null()], {
  error: 'A value is a text of at most 4,000 characters, a number, true, false or null.',
});

/** Which field says what kind of condition it is. */
const KINDS = ['equals', 'one-of', 'begins-with', 'within', 'at-least', 'at-most', 'max-bytes'] as const;

const FileConstraint = z
  .strictObject({
    at: z.string({ error: 'at names a place such as /path.' }),
    equals: Value.optional(),
    'one-of': z.array(Value, { error: 'one-of is a list of values.' }).optional(),
    'begins-with': text('begins-with', 1000).optional(),
    within: text('within', 1000).optional(),
    'at-least': z.number('at-least must be a number.').optional(),
    'at-most': z.number('at-most must be a number.').optional(),
    'max-bytes': z.int('max-bytes must be a whole number.').optional(),
  })
  .transform((given, context): Constraint => {
    const kinds = KINDS.filter((kind) => given[kind] !== undefined);
    const wide = kinds.length === 2 && kinds[0] === 'at-least' && kinds[1] === 'at-most';
    const made = kinds.length === 1 || wide ? Constraint.safeParse(constraintOf(given)) : null;
    if (made?.success === true) return made.data;
    context.addIssue(
      made === null
        ? `A condition has exactly one of ${KINDS.join(', ')}; only at-least and at-most go together.`
        : made.error.issues.map(({ message }) => message).join(' '),
    );
    return z.NEVER;
  });
interface GivenConstraint {
  readonly at: string;
  readonly equals?: Scalar | undefined;
  readonly 'one-of'?: readonly Scalar[] | undefined;
  readonly 'begins-with'?: string | undefined;
  readonly within?: string | undefined;
  readonly 'at-least'?: number | undefined;
  readonly 'at-most'?: number | undefined;
  readonly 'max-bytes'?: number | undefined;
}

function constraintOf(given: GivenConstraint): unknown {
  const { at } = given;
  if (given.equals !== undefined) return { kind: 'equals', at, value: given.equals };
  if (given['one-of'] !== undefined) return { kind: 'one-of', at, values: given['one-of'] };
  if (given['begins-with'] !== undefined) return { kind: 'prefix', at, prefix: given['begins-with'] };
  if (given.within !== undefined) return { kind: 'path', at, glob: given.within };
  if (given['max-bytes'] !== undefined) return { kind: 'max-size', at, bytes: given['max-bytes'] };
  return { kind: 'range', at, min: given['at-least'] ?? null, max: given['at-most'] ?? null };
}

export const FileRule = z.strictObject({
  id: z
    .string({ error: 'id must be text; put it in quotes.' })
    .regex(/^[\w-]{4,32}$/, 'An id has 4 to 32 letters, digits, dashes or underscores.')
    .optional(),
  effect: z.enum(['allow', 'ask', 'ask-and-review', 'deny'], {
    error: 'effect must be allow, ask, ask-and-review or deny',
  }),
  peer: PeerId.optional(),
  trust: z
    .enum(['unknown', 'known', 'trusted'], { error: 'trust must be unknown, known or trusted' })
    .optional(),
  agent: AgentName.optional(),
  tool: text('tool', 2300).optional(),
  where: z
    .array(FileConstraint, { error: 'where is a list of conditions, each with at.' })
    .max(16, 'A rule has at most 16 conditions.')
    .optional(),
  hours: z
    .strictObject({
      days: z
        .array(z.enum(DAYS, { error: `A day is ${DAYS.join(', ')}.` }))
        .min(1)
        .max(7),
      from: z.string({ error: 'from looks like "09:00".' }),
      to: z.string({ error: 'to looks like "17:00".' }),
    })
    .optional(),
  limits: z.strictObject({ hour: Amounts.optional(), day: Amounts.optional() }).optional(),
  expires: instant('expires').optional(),
  created: instant('created').optional(),
  pin: Sha256Hex.optional(),
});
export type FileRule = z.infer<typeof FileRule>;

/** What the file says, but for what makes a rule one of this installation. */
type SaidRule = Omit<Rule, 'id' | 'createdAt' | 'pin'>;

export function ruleOf(file: FileRule): SaidRule {
  return {
    effect: file.effect,
    peerId: file.peer ?? null,
    trust: file.trust ?? null,
    agent: file.agent ?? null,
    tool: file.tool ?? null,
    arguments: file.where ?? [],
    hours:
      file.hours === undefined
        ? null
        : { ...file.hours, days: file.hours.days.map((day) => DAYS.indexOf(day)) },
    limits:
      file.limits === undefined
        ? null
        : { hour: amountsOf(file.limits.hour), day: amountsOf(file.limits.day) },
    expiresAt: file.expires === undefined ? null : Date.parse(file.expires),
    untilQuit: false,
  };
}

const amountsOf = (given: z.infer<typeof Amounts> = {}): NonNullable<Rule['limits']>['hour'] => ({
  calls: given.calls ?? null,
  bytes: given.bytes ?? null,
  seconds: given.seconds ?? null,
});
