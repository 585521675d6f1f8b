/** What is hashed and signed, as texts. All pure. */
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ReceiptBody, ReceiptRoot } from '../../../shared/receipts.ts';
import { cutText } from '../cut-text.ts';

/** Longest message of an error that counts, in UTF-16 units: whoever reads one cuts it there. */
const ERROR_MESSAGE_LENGTH = 2000;

/**
 * SHA-256 of the canonical JSON (RFC 8785), half characters replaced by U+FFFD; or null where there is none: numbers
 * beyond a double, and what is nested too deeply.
 */
export function hashOf(value: unknown): string | null {
  const text = canonical(value) ?? canonical(wellFormed(value));
  return text === null ? null : hash('sha256', text, 'hex');
}

function canonical(value: unknown): string | null {
  try {
    return canonicalize(value) ?? null;
  } catch {
    return null;
  }
}

/** Undefined where there is nothing of the kind. JSON has a half character, and only that, as an escape of this form. */
function wellFormed(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_name, one: unknown) => {
      if (typeof one === 'number' && !Number.isFinite(one)) throw new RangeError('This number is not JSON.');
      return one;
    });
    return JSON.parse(
      text.replaceAll(/\\(?:u(d[\da-f]{3})|.)/g, (escape, half?: string) =>
        half === undefined ? escape : String.raw`\ufffd`,
      ),
    );
  } catch {
    return undefined;
  }
}

/** The same of what was answered. The message of an error counts as its reader keeps it. */
export function answerHash(outcome: ReceiptBody['outcome'], response: unknown): string | null {
  return hashOf(outcome === 'error' ? cutError(response) : response);
}

function cutError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error))
    return error;
  const { code, message } = error;
  if (typeof message !== 'string') return error;
  const data = 'data' in error ? error.data : undefined;
  return { code, message: cutText(message, ERROR_MESSAGE_LENGTH), data };
}

/** Canonical JSON of a body, its members put in their order by hand: this is done for each call. */
export const bodyText = (body: ReceiptBody): string =>
  `{"agent":"${body.agent}","by":${JSON.stringify(body.by)},"caller":"${body.caller}","changed":"${body.changed}","decidedAt":${
    body.decidedAt
  },"effect":"${body.effect}","endedAt":${body.endedAt},"host":"${body.host}","nonce":${JSON.stringify(
    body.nonce,
  )},"outcome":"${body.outcome}","receivedAt":${body.receivedAt},"requestHash":"${body.requestHash}","resultHash":"${
    body.resultHash
  }","tool":${JSON.stringify(body.tool)},"v":1}`;

/** Canonical JSON of a root. */
export const rootText = ({ at, caller, count, host, root }: ReceiptRoot): string =>
  `{"at":${at},"caller":"${caller}","count":${count},"host":"${host}","root":"${root}","v":1}`;
