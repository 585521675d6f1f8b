import type { Effect, Rule } from '../../../shared/rules.ts';

/** What a rule may name of who calls. */
export type Who = 'peer' | 'trust' | 'any';

/** One way in which a rule can be specific. */
export interface Specificity {
  readonly who: Who;
  readonly agent: boolean;
  readonly tool: boolean;
  /** It has constraints on arguments. */
  readonly args: boolean;
}

const WHO: readonly Who[] = ['peer', 'trust', 'any'];
const YES_NO = [true, false];

const named = ({ who, agent, tool, args }: Specificity): number =>
  Number(who !== 'any') + Number(agent) + Number(tool) + Number(args);

/**
 * All 24, the most specific first. More that is named goes before less; with equally much, who goes first (a peer
 * before a trust before any), then agent, tool and arguments.
 */
export const SPECIFICITIES: readonly Specificity[] = WHO.flatMap((who) =>
  YES_NO.flatMap((agent) =>
    YES_NO.flatMap((tool) => YES_NO.map((args): Specificity => ({ who, agent, tool, args }))),
  ),
).toSorted(
  // Sorting keeps the order of equals, which is the order in which they are made here.
  (a, b) => named(b) - named(a),
);

export const STRICTNESS: Record<Effect, number> = { deny: 0, 'ask-and-review': 1, ask: 2, allow: 3 };

/**
 * The order among rules that are equally specific: more constraints before fewer, with hours before without, then deny,
 * ask-and-review, ask, allow; then the newer; then by id.
 */
export const compareEquallySpecific = (a: Rule, b: Rule): number =>
  b.arguments.length - a.arguments.length ||
  Number(b.hours !== null) - Number(a.hours !== null) ||
  STRICTNESS[a.effect] - STRICTNESS[b.effect] ||
  b.createdAt - a.createdAt ||
  (a.id < b.id ? -1 : 1);
