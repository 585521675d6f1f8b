import type { ApprovalView } from '../../../shared/gate.ts';
import { digestOf } from './digest.ts';
import type { GateQuestion } from './index.ts';
import { isWorse, riskOf } from './risk.ts';

interface Asking extends Pick<
  ApprovalView,
  'id' | 'arguments' | 'askedAt' | 'deadline' | 'before' | 'ruleId' | 'reviewed' | 'toolChanged'
> {
  readonly canonicalArgs: string;
}

/** A question as the person sees it. */
export function approvalOf(question: GateQuestion, { canonicalArgs, ...asking }: Asking): ApprovalView {
  const { callId, direction = 'in', peerId, agent, tool, path, annotations, raised = null } = question;
  const stated = riskOf(annotations);
  const riskRaised = raised !== null && isWorse(raised, stated);
  return {
    ...asking,
    callId,
    direction,
    peerId,
    agent,
    tool,
    path,
    risk: riskRaised ? raised : stated,
    riskStated: annotations.stated,
    riskRaised,
    openWorld: annotations.openWorld,
    argumentsBytes: Buffer.byteLength(canonicalArgs),
    digest: digestOf(question, canonicalArgs),
    laterUntil: null,
    callerAway: false,
    answered: null,
  };
}
