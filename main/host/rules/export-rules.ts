import type { PeerId } from '../../../shared/ids.ts';
import type { Constraint, Rule } from '../../../shared/rules.ts';
import { ruleSentence } from '../../../shared/rule-sentence.ts';
import { DAYS, FORMAT } from './file-format.ts';
import { NEVER_SEEN } from './pins.ts';
import { yamlScalar } from './yaml-text.ts';

const HEAD = `# Rules of Gatehouse: who may use which tools of the agents on this machine.
# A field that is left out matches anything, or has no end. Keep the ids: by them an import tells changed rules from
# new ones. Nothing in here counts before it is imported, shown as a difference and confirmed.
`;

/** All of these rules as a rules file, the oldest first. */
export function exportRules(rules: readonly Rule[], nameOf: (peerId: PeerId) => string | null): string {
  const ordered = rules.toSorted(
    (one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1),
  );
  const list = ordered.map((rule) => `\n  # ${ruleSentence(rule, { nameOf })}\n${ruleText(rule)}`);
  return `${HEAD}gatehouse-rules: ${FORMAT}\nrules:${list.length === 0 ? ' []' : ''}\n${list.join('').replace(/^\n/, '')}`;
}

function ruleText(rule: Rule): string {
  const { hours, limits } = rule;
  const lines: string[] = [
    `id: ${yamlScalar(rule.id)}`,
    `effect: ${rule.effect}`,
    ...(rule.peerId === null ? [] : [`peer: ${yamlScalar(rule.peerId)}`]),
    ...(rule.trust === null ? [] : [`trust: ${rule.trust}`]),
    ...(rule.agent === null ? [] : [`agent: ${yamlScalar(rule.agent)}`]),
    ...(rule.tool === null ? [] : [`tool: ${yamlScalar(rule.tool)}`]),
    ...(rule.arguments.length === 0 ? [] : ['where:', ...rule.arguments.flatMap(constraintLines)]),
    ...(hours === null
      ? []
      : [
          'hours:',
          `  days: [${hours.days.map((day) => DAYS[day] ?? '').join(', ')}]`,
          `  from: "${hours.from}"`,
          `  to: "${hours.to}"`,
        ]),
    ...(limits === null
      ? []
      : ['limits:', ...amountLines('hour', limits.hour), ...amountLines('day', limits.day)]),
    ...(rule.expiresAt === null ? [] : [`expires: ${instant(rule.expiresAt)}`]),
    `created: ${instant(rule.createdAt)}`,
    ...(rule.pin === null || rule.pin === NEVER_SEEN ? [] : [`pin: ${yamlScalar(rule.pin)}`]),
  ];
  return lines.map((line, at) => `  ${at === 0 ? '- ' : '  '}${line}\n`).join('');
}

function constraintLines(constraint: Constraint): string[] {
  return [`  - at: ${yamlScalar(constraint.at)}`, ...kindLines(constraint).map((line) => `    ${line}`)];
}

function kindLines(constraint: Constraint): string[] {
  switch (constraint.kind) {
    case 'equals':
      return [`equals: ${yamlScalar(constraint.value)}`];
    case 'one-of':
      return ['one-of:', ...constraint.values.map((value) => `  - ${yamlScalar(value)}`)];
    case 'prefix':
      return [`begins-with: ${yamlScalar(constraint.prefix)}`];
    case 'path':
      return [`within: ${yamlScalar(constraint.glob)}`];
    case 'range':
      return [
        ...(constraint.min === null ? [] : [`at-least: ${constraint.min}`]),
        ...(constraint.max === null ? [] : [`at-most: ${constraint.max}`]),
      ];
    case 'max-size':
      return [`max-bytes: ${constraint.bytes}`];
    default:
      return constraint satisfies never;
  }
}

function amountLines(span: string, amounts: Readonly<Record<string, number | null>>): string[] {
  const set = Object.entries(amounts).filter(([, amount]) => amount !== null);
  // Limits that limit nothing are kept as they are, too.
  if (set.length === 0) return [`  ${span}: {}`];
  return [`  ${span}:`, ...set.map(([name, amount]) => `    ${name}: ${amount}`)];
}

/** The latest time that a date can hold stands for all beyond it. */
const instant = (time: number): string => yamlScalarTime(Math.min(Math.floor(time), 253_402_300_799_999));
const yamlScalarTime = (time: number): string => new Date(time).toISOString();
