import type { Explanation } from '../../../shared/rules.ts';
import type { ArgumentFacts } from './argument-facts.ts';
import { whyNot } from './constraint-words.ts';
import { EFFECT, sentenceOf, stepsOf, usedUpText, type Found } from './explain-words.ts';
import type { Bearing, RuleEntry } from './rule-entry.ts';
import type { Finding } from './rulings.ts';

/** Rules that an explanation names. */
const MAX_RULES = 100;

type RuleExplained = Explanation['rules'][number];

/** Puts a finding into words. It decides nothing itself. */
export function explained(found: Found): Explanation {
  const { step, standing, effect } = found.finding;
  const isByRule = step === 'rule-denies' || step === 'rule' || step === 'limits';
  return {
    effect,
    by: step,
    ruleId: isByRule ? (standing?.entry.rule.id ?? null) : null,
    sentence: sentenceOf(found),
    steps: stepsOf(found),
    rules: rulesOf(found, isByRule),
  };
}

/** In their order; where there are too many, the last place is for the one that decides. */
function rulesOf(found: Found, isByRule: boolean): RuleExplained[] {
  const rules: RuleExplained[] = [];
  const deciding = isByRule ? found.finding.standing?.entry : undefined;
  let isNamed = deciding === undefined;
  for (const { entry, bearing } of found.bearings()) {
    const isDeciding = entry === deciding;
    if (rules.length >= (isNamed || isDeciding ? MAX_RULES : MAX_RULES - 1)) {
      if (isNamed) break;
      continue;
    }
    isNamed ||= isDeciding;
    rules.push({
      ruleId: entry.rule.id,
      ...(isDeciding ? decider(found, entry) : other(found, entry, bearing)),
    });
  }
  return rules;
}

function decider({ finding, facts, usageOf }: Found, entry: RuleEntry): Omit<RuleExplained, 'ruleId'> {
  if (finding.step === 'limits') {
    return {
      outcome: 'used-up',
      text: `It matches, but ${usedUpText(entry, usageOf)}. So the person is asked.`,
    };
  }
  const verb = EFFECT[entry.rule.effect];
  const doubt = doubtOf(entry, facts);
  if (doubt !== null) {
    return { outcome: 'decides', text: `${doubt} What is unclear only tightens, so it ${verb}.` };
  }
  return { outcome: 'decides', text: `It matches, and ${verb}.` };
}

function other({ finding, facts }: Found, entry: RuleEntry, bearing: Bearing): Omit<RuleExplained, 'ruleId'> {
  switch (bearing) {
    case 'expired':
      return { outcome: 'expired', text: 'It has expired.' };
    case 'outside-hours':
      return { outcome: 'outside-hours', text: 'It does not hold at this time of day.' };
    case 'shadowed':
      return {
        outcome: 'less-specific',
        text: 'A permission that was given over it for a while goes before it.',
      };
    case 'fails':
      return { outcome: 'does-not-match', text: reasonOf(entry, facts) };
    case 'unclear':
      if (entry.rule.effect === 'allow') {
        return {
          outcome: 'does-not-match',
          text: `${reasonOf(entry, facts)} What is unclear is not allowed.`,
        };
      }
      return { outcome: 'less-specific', text: `${reasonOf(entry, facts)} Another rule goes before it.` };
    case 'holds':
      return { outcome: 'less-specific', text: whyNotThis(finding) };
    default:
      return bearing satisfies never;
  }
}

function whyNotThis({ step, standing }: Finding): string {
  if (step === 'unknown-peer') return 'It is made for any peer, and this one is unknown.';
  if (step === 'rule-denies' || step === 'rule' || step === 'limits')
    return 'It matches, but another goes before it.';
  return standing === null ? 'It was not looked at.' : 'It matches, but something else decides.';
}

/** Of the constraints that do not hold, the first that says why; one that fails before one that is unclear. */
function reasonOf({ constraints }: RuleEntry, facts: ArgumentFacts): string {
  const reasons = constraints.map((one) => whyNot(one, facts)).filter((reason) => reason !== null);
  return reasons.find((reason) => !reason.startsWith('It is unclear')) ?? reasons[0] ?? 'It does not match.';
}

function doubtOf({ constraints }: RuleEntry, facts: ArgumentFacts): string | null {
  for (const one of constraints) {
    const reason = whyNot(one, facts);
    if (reason !== null) return reason;
  }
  return null;
}
