import type { PeerId } from '../../../shared/ids.ts';
import type { Explanation, Step, Used } from '../../../shared/rules.ts';
import type { ArgumentFacts } from './argument-facts.ts';
import type { Moment } from './hours.ts';
import type { Gate } from './index.ts';
import { limitReached, usedUp } from './limits.ts';
import type { Bearing, RuleEntry } from './rule-entry.ts';
import type { Asked, Finding } from './rulings.ts';
import type { Usage } from './usage-meter.ts';

/** A finding and what it was found from. */
export interface Found {
  readonly question: Asked;
  readonly facts: ArgumentFacts;
  readonly finding: Finding;
  readonly moment: Moment;
  readonly bearings: () => Iterable<{ readonly entry: RuleEntry; readonly bearing: Bearing }>;
  readonly usageOf: (meter: string) => Usage | null;
  readonly budgetOf: (peerId: PeerId) => ReturnType<Gate['budgetOf']>;
}
type StepExplained = Explanation['steps'][number];

/** As `Rulings` takes them. */
const ORDER: readonly Step[] = [
  'stopped',
  'blocked',
  'rule-denies',
  'unknown-peer',
  'budget',
  'legacy',
  'pin',
  'rule',
  'limits',
  'trust',
  'quiet',
];
/** Of calls of ours. */
const ORDER_OUT: readonly Step[] = ['stopped', 'blocked', 'legacy'];

/** One sentence that says all of it. */
export function sentenceOf(found: Found): string {
  const { question, finding, usageOf } = found;
  const { step, effect, standing } = finding;
  const rule = `rule ${standing?.entry.rule.id ?? ''}`;
  switch (step) {
    case 'stopped':
      return 'Refused: everything on this host is stopped.';
    case 'blocked':
      return 'Refused: the peer is blocked.';
    case 'rule-denies':
      return standing?.unclear === true ? `Denied by ${rule}: ${UNCLEAR}.` : `Denied by ${rule}.`;
    case 'unknown-peer':
      return 'Refused: the peer is unknown, and no rule that allows or asks names it.';
    case 'budget':
      return `Refused: the peer has used up ${budgetText(found)}.`;
    case 'legacy':
      return question.direction === 'out'
        ? 'Asked: calls of your own over a legacy link are asked about each time.'
        : 'Asked: calls over a legacy link are asked about each time.';
    case 'pin':
      return "Asked: the tool's definition is not the one that was granted.";
    case 'rule':
      if (effect === 'allow') return `Allowed by ${rule}.`;
      if (standing?.unclear === true) return `Asked because of ${rule}: ${UNCLEAR}.`;
      return effect === 'ask'
        ? `Asked because of ${rule}.`
        : `Asked because of ${rule}, and the answer is held for review.`;
    case 'limits':
      return standing === null
        ? 'Asked: a limit is used up.'
        : `Asked: ${rule} allows it, but ${usedUpText(standing.entry, usageOf)}.`;
    case 'trust':
      return effect === 'allow'
        ? 'Allowed: no rule matches, the peer is trusted, and the tool states that it only reads.'
        : `Asked: no rule matches, and the peer is ${question.trust}.`;
    case 'quiet':
      return 'Refused: the person would have to be asked, and is not to be disturbed now.';
    default:
      return step satisfies never;
  }
}

/** Each step up to the one that decided. */
export function stepsOf(found: Found): StepExplained[] {
  const { question, finding } = found;
  const steps: StepExplained[] = [];
  for (const step of question.direction === 'out' ? ORDER_OUT : ORDER) {
    if (step === finding.step) {
      steps.push({ step, decided: true, text: sentenceOf(found) });
      break;
    }
    const text = passedText(step, found);
    if (text !== null) steps.push({ step, decided: false, text });
  }
  return steps;
}

/** What was found at a step that did not decide; null: it was not taken. */
function passedText(step: Step, found: Found): string | null {
  const { question, finding } = found;
  const rule = finding.standing?.entry.rule ?? null;
  switch (step) {
    case 'stopped':
      return 'Nothing is stopped.';
    case 'blocked':
      return 'The peer is not blocked.';
    case 'rule-denies':
      return 'No rule denies it.';
    case 'unknown-peer':
      return question.trust === 'unknown'
        ? 'The peer is unknown, but a rule names it.'
        : `The peer is ${question.trust}.`;
    case 'budget':
      return found.budgetOf(question.peerId).budget === null
        ? 'No budget holds for the peer.'
        : 'The peer is within its budget.';
    case 'legacy':
      return question.path === 'legacy' ? null : 'The link is not a legacy link.';
    case 'pin':
      return finding.toolChanged
        ? null
        : "The tool's definition is not another than the one that was granted.";
    case 'rule':
      if (rule === null) return 'No rule matches.';
      return `Rule ${rule.id} matches, and ${EFFECT[rule.effect]}.`;
    case 'limits':
    case 'trust':
    case 'quiet':
      // Taken only where the one before it leads there, and then they decide, or the next one says what they found.
      return null;
    default:
      return step satisfies never;
  }
}

function budgetText({ question, moment, budgetOf, usageOf }: Found): string {
  const { budget } = budgetOf(question.peerId);
  const used = usageOf(`peer:${question.peerId}`)?.day;
  const spent = budget === null || used === undefined ? null : usedUp(budget, used);
  const amount =
    spent === null
      ? 'its budget, with what is under way'
      : `its budget of ${amountText(spent.amount, spent.what)} in 24 hours`;
  const until = moment.monotonic === null ? null : budgetOf(question.peerId).pausedUntil;
  return until === null ? amount : `${amount}, and is paused until ${new Date(until).toISOString()}`;
}

const UNCLEAR = 'it is unclear whether it matches, and what is unclear only tightens';

/** Such as "its limit of 10 calls an hour is used up". */
export function usedUpText({ rule, meter }: RuleEntry, usageOf: Found['usageOf']): string {
  const { limits } = rule;
  const reached = limits === null || meter === null ? null : limitReached(limits, usageOf(meter));
  if (reached === null) return 'its limit is used up, with what is under way';
  const { amount, what, per } = reached;
  return `its limit of ${amountText(amount, what)} ${per === 'hour' ? 'an hour' : 'a day'} is used up`;
}

const amountText = (amount: number, what: keyof Used): string =>
  `${amount.toLocaleString('en-GB')} ${amount === 1 ? what.slice(0, -1) : what}`;

export const EFFECT = {
  allow: 'allows',
  ask: 'asks',
  'ask-and-review': 'asks, and holds the answer for review',
  deny: 'denies',
} as const;
