import { Receipt, type ReceiptCheck } from '../../../shared/receipts.ts';
import type { PeerId } from '../../../shared/ids.ts';
import { answerHash, bodyText, hashOf, rootText } from './canonical.ts';
import { leafHash, rootByPath } from './merkle-tree.ts';
import { isSignedBy, peerKey } from './root-signature.ts';

/** What the receipt is about, where one has it: the arguments as they were sent, the result or error as answered. */
export interface Evidence {
  readonly arguments?: unknown;
  readonly result?: unknown;
}

/**
 * Checks a receipt by nothing but itself: no host, no network, no records. The keys are those that the two peer ids spell.
 * It is sound where the host has signed it and nothing contradicts; the caller's signature may be missing, not wrong. Pure.
 */
export function verifyReceipt(value: unknown, evidence: Evidence = {}): ReceiptCheck {
  const parsed = Receipt.safeParse(value);
  if (!parsed.success) {
    return { ok: false, signedBy: [], problems: ['This is not a receipt of Gatehouse.'], body: null };
  }
  const { body, root, hostSignature, callerSignature } = parsed.data;
  const problems = [...ofTheTree(parsed.data), ...ofTheEvidence(parsed.data, evidence)];
  const signedBy: ReceiptCheck['signedBy'] = [];
  const text = rootText(root);
  if (isSignedByPeer(root.host, text, hostSignature)) signedBy.push('host');
  else problems.push('The signature of the host of the agent is not by its key, or of something else.');
  if (callerSignature !== null) {
    if (isSignedByPeer(root.caller, text, callerSignature)) signedBy.push('caller');
    else problems.push('The signature of the caller is not by its key, or of something else.');
  }
  return { ok: problems.length === 0, signedBy, problems, body };
}

function ofTheTree({ body, root, index, path }: Receipt): string[] {
  const problems: string[] = [];
  if (body.caller !== root.caller || body.host !== root.host)
    problems.push('What is signed is between other peers than the receipt says.');
  if (body.caller === body.host) problems.push('Caller and host are the same peer.');
  if (rootByPath(leafHash(bodyText(body)), index, root.count, path) !== root.root)
    problems.push('The receipt is not among those that were signed: it was changed, or belongs elsewhere.');
  if (!(body.receivedAt <= body.decidedAt && body.decidedAt <= body.endedAt && body.endedAt <= root.at))
    problems.push('Its times are not in order.');
  return problems;
}

function ofTheEvidence({ body }: Receipt, evidence: Evidence): string[] {
  const problems: string[] = [];
  if (evidence.arguments !== undefined && hashOf(evidence.arguments) !== body.requestHash)
    problems.push('These are not the arguments that were sent.');
  if (evidence.result !== undefined && answerHash(body.outcome, evidence.result) !== body.resultHash)
    problems.push('This is not what was answered.');
  return problems;
}

function isSignedByPeer(peerId: PeerId, text: string, signature: string): boolean {
  try {
    return isSignedBy(peerKey(peerId), text, signature);
  } catch {
    // Looks like a peer id, and spells no key.
    return false;
  }
}
