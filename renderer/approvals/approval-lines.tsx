import { Eye, LockOpen, PencilLine, TriangleAlert } from 'lucide-react';
import type { ApprovalView } from '../../shared/gate.ts';
import { visibleText } from '../../shared/visible-text.ts';
import { Hostile } from '../parts/hostile.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { bytes } from '../words/format.ts';
import { riskSentence } from '../words/sentences.ts';
import { HiddenFlag } from './arguments.tsx';

/** What is to be used. */
export const Target = ({ approval: { agent, tool } }: { approval: Pick<ApprovalView, 'agent' | 'tool'> }) => (
  <>
    <span className="font-semibold">{agent}</span>
    <span aria-hidden className="px-1">
      ▸
    </span>
    <Hostile text={tool} max={120} className="font-semibold" />
    {visibleText(tool).escaped ? <HiddenFlag /> : null}
  </>
);

/** What a legacy link means for this call. */
export function LegacyLine({ approval }: { approval: ApprovalView }) {
  return (
    <div className="flex items-start gap-2">
      <LockOpen size={16} aria-hidden className="mt-px shrink-0 text-bad" />
      <p>
        {approval.direction === 'out' ? (
          <>
            <span className="font-medium text-bad">
              The answer comes back neither encrypted nor signed: anybody on the way can read it, and change
              it.
            </span>{' '}
            <span className="numbers">
              What leaves this machine is encrypted: {bytes(approval.argumentsBytes)} of arguments.
            </span>
          </>
        ) : (
          <>
            <span className="font-medium text-bad">It comes over a legacy link.</span> You are asked each
            time, since no rule can allow such a call.
          </>
        )}
      </p>
    </div>
  );
}

/** What the tool can do: by its own word, or, where that is worse, by the caller's. */
export function Risk({ approval }: { approval: ApprovalView }) {
  const sentence = riskSentence(approval.risk, approval.riskStated);
  const reads = approval.riskStated && !approval.riskRaised && approval.risk === 'reads';
  return (
    <p className={`flex items-start gap-2 font-medium ${reads ? 'text-text' : 'text-bad'}`}>
      {reads ? (
        <Eye size={16} aria-hidden className="mt-px shrink-0" />
      ) : approval.risk === 'destroys' || !approval.riskStated ? (
        <TriangleAlert size={16} aria-hidden className="mt-px shrink-0" />
      ) : (
        <PencilLine size={16} aria-hidden className="mt-px shrink-0" />
      )}
      <span>
        {approval.riskRaised ? raisedSentence(approval) : sentence}
        {approval.openWorld ? (
          <span className="font-normal text-dim"> · reaches outside this machine</span>
        ) : null}
      </span>
    </p>
  );
}

/** The caller's word only ever makes it worse. */
const raisedSentence = ({ risk }: ApprovalView): string =>
  risk === 'destroys'
    ? 'Can change or delete things (the caller says it is worse than the agent says)'
    : 'Can change things (the caller says it is worse than the agent says)';

/** Because of what it is asked, and whether the answer comes back to the person first. */
export function Why({ approval }: { approval: ApprovalView }) {
  const { ruleId } = approval;
  const rule = useLive((live) => (ruleId === null ? undefined : live.rules[ruleId]));
  const isOurs = approval.direction === 'out';
  return (
    <p className="text-dim">
      {isOurs ? (
        'Asked because its answer would not be encrypted.'
      ) : ruleId === null ? (
        approval.path === 'legacy' ? (
          'Asked because of the link.'
        ) : (
          'Asked because no rule decides on it.'
        )
      ) : (
        <>
          Asked because{' '}
          <a href={href('rules', ruleId)}>
            {rule === undefined
              ? 'of a rule that is gone'
              : rule.suspended
                ? 'a rule is suspended'
                : rule.effect === 'allow'
                  ? 'the limits of a rule are used up'
                  : 'a rule says so'}
          </a>
          .
        </>
      )}
      {approval.reviewed ? (
        <strong className="font-medium text-text">
          {' '}
          What it answers comes back to you before it leaves.
        </strong>
      ) : null}
    </p>
  );
}
