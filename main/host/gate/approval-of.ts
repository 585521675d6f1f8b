import type { ApprovalView } from '../../../shared/gate.ts';
import { digestOf } from './digest.ts';
import type { GateQuestion } from './index.ts';
import { riskOf } from './risk.ts';

interface Asking extends Pick<ApprovalView, 'id' | 'arguments' | 'askedAt' | 'deadline' | 'before'> {
  readonly canonicalArgs: string;
  readonly toolChanged: boolean;
}

/** A question as the person sees it. */
export function approvalOf(question: GateQuestion, { canonicalArgs, ...asking }: Asking): ApprovalView {
  const { callId, direction = 'in', peerId, agent, tool, path, annotations } = question;
  return {
    ...asking,
    callId,
    direction,
    peerId,
    agent,
    tool,
    path,
    risk: riskOf(annotations),
    riskStated: annotations.stated,
    openWorld: annotations.openWorld,
    argumentsBytes: Buffer.byteLength(canonicalArgs),
    digest: digestOf(question, canonicalArgs),
  };
}
