import { Eye, LockOpen, PencilLine, TriangleAlert } from 'lucide-react';
import type { ApprovalView } from '../../shared/gate.ts';
import { Hostile } from '../parts/hostile.tsx';
import { bytes } from '../words/format.ts';
import { riskSentence } from '../words/sentences.ts';

/** What is to be used. */
export const Target = ({ approval }: { approval: ApprovalView }) => (
  <>
    <span className="font-semibold">{approval.agent}</span>
    <span aria-hidden className="px-1">
      ▸
    </span>
    <Hostile text={approval.tool} max={120} className="font-semibold" />
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

/** What the tool can do, by its own word. */
export function Risk({ approval }: { approval: ApprovalView }) {
  const sentence = riskSentence(approval.risk, approval.riskStated);
  const reads = approval.riskStated && approval.risk === 'reads';
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
        {sentence}
        {approval.openWorld ? (
          <span className="font-normal text-dim"> · reaches outside this machine</span>
        ) : null}
      </span>
    </p>
  );
}
