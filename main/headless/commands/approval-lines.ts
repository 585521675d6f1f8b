import type { ApprovalView, DefinitionDifference } from '../../../shared/gate.ts';
import type { LiveState } from '../../../shared/live.ts';
import { peerLabel, visible } from '../names.ts';

/** Longest argument shown in a summary, in characters; `approvals ID` has all of it. */
const MAX_SHOWN = 2000;
/** Lines of a definition that stay as they were, shown on each side of one that did not. */
const CONTEXT = 2;
/** No line of a definition is longer, in characters. */
const WHOLE = 32_000_000;
const LEGACY =
  'Its link is a legacy one: answers are neither encrypted nor signed. So it is asked each time, and allowed once only.';
const REVIEWED =
  'What the agent answers comes back to you before it leaves. So it is allowed once only; change the rule to end that.';

/** A time of day as this machine writes it. */
export const clock = (at: number): string => new Date(at).toLocaleTimeString('en-GB');

/** The question as it is answered, with a summary of its arguments. */
export function describe(question: ApprovalView, state: LiveState, summary = true): string[] {
  const who = peerLabel(state.peers[question.peerId], question.peerId);
  const what = `${question.agent} > ${visible(question.tool)}`;
  return [
    question.direction === 'in'
      ? `${who} wants to use ${what}  (${question.path}; ${riskWords(question)})`
      : `A call of your own is to use ${what} at ${who}  (${question.path})`,
    ...notes(question),
    ...(summary ? question.arguments : []).map(({ name, preview, length }) => {
      const more =
        length > preview.length
          ? ` … (${length} characters; "gatehouse approvals ${question.id}" shows all)`
          : '';
      return `  ${visible(name)}  ${visible(preview.slice(0, MAX_SHOWN))}${more}`;
    }),
    `Before: ${question.before.allowed} allowed, ${question.before.denied} denied.`,
  ];
}

function riskWords({ risk, riskStated, riskRaised }: ApprovalView): string {
  if (riskRaised) return `${risk}, as the caller says itself`;
  return riskStated ? risk : `${risk}, as the agent does not say otherwise`;
}

function notes(question: ApprovalView): string[] {
  const { path, toolChanged, reviewed, callerAway, laterUntil, answered, id } = question;
  return [
    ...(path === 'legacy' ? [LEGACY] : []),
    ...(toolChanged ? ['The tool is not the one that was first allowed.'] : []),
    ...(reviewed ? [REVIEWED] : []),
    ...(callerAway ? ['Its caller has gone, and may come back for what comes of it.'] : []),
    ...(laterUntil === null ? [] : [`Put off until ${clock(laterUntil)}.`]),
    ...(answered === null
      ? []
      : [
          `Answered (${answered.kind}), and carried out at ${clock(answered.at)}. "gatehouse undo ${id}" takes it back.`,
        ]),
  ];
}

/** What is different in a definition, with a little of what is around it. */
export function differenceLines({ lines, grantedAt }: DefinitionDifference): string[] {
  const when = grantedAt === null ? '' : ` on ${new Date(grantedAt).toISOString().slice(0, 10)}`;
  if (lines === null) {
    return [`How it differs from what was allowed${when} cannot be shown: one of the two is not kept.`];
  }
  const near = new Set<number>();
  for (const [at, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    for (let line = at - CONTEXT; line <= at + CONTEXT; line += 1) near.add(line);
  }
  const sign = { same: ' ', added: '+', removed: '-' } as const;
  const shown: string[] = [`The definition that was allowed${when} (-), and the one of now (+):`];
  let gap = false;
  for (const [at, { kind, text }] of lines.entries()) {
    if (!near.has(at)) {
      if (!gap) shown.push('  …');
      gap = true;
      continue;
    }
    gap = false;
    shown.push(`${sign[kind]} ${visible(text, WHOLE)}`);
  }
  return shown;
}
