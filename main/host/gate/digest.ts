import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AgentName, PeerId } from '../../../shared/ids.ts';

/** Canonical JSON (RFC 8785) of the arguments; null where there is none (broken characters, too deep). */
export function canonicalArguments(args: Record<string, unknown>): string | null {
  try {
    const text = canonicalize(args) ?? null;
    return text !== null && text.isWellFormed() ? text : null;
  } catch {
    // Broken characters, or nested beyond the stack: both end in "cannot be shown".
    return null;
  }
}

interface WhatIsAsked {
  /** `in` by default. */
  readonly direction?: 'in' | 'out';
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly tool: string;
  readonly pin: string | null;
  /** What the agent is: the digest of its confirmed source. */
  readonly source: string;
}

/**
 * SHA-256 over the canonical JSON of `{agent, arguments, direction, peer, pin, source, tool}`. The members are put in their
 * canonical order by hand, so that large arguments are made canonical only once.
 */
export function digestOf(asked: WhatIsAsked, canonicalArgs: string): string {
  const { agent, direction = 'in', peerId, pin, source, tool } = asked;
  const text = `{"agent":${JSON.stringify(agent)},"arguments":${canonicalArgs},"direction":"${direction}","peer":${JSON.stringify(
    peerId,
  )},"pin":${JSON.stringify(pin)},"source":${JSON.stringify(source)},"tool":${JSON.stringify(tool)}}`;
  return hash('sha256', text, 'hex');
}
