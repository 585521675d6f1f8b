import type { ForeignError } from '../../../shared/errors.ts';
import { CallError } from './call-error.ts';
import { isRecord } from './mcp-message.ts';

/** Longest reason of a person that is passed on, in characters. */
const MAX_SAID = 200;

/** What the other side's error means for the caller here. */
export function callErrorOf(foreign: ForeignError): CallError {
  const error = { ...foreign, message: inTheirWords(foreign) };
  switch (error.code) {
    case -32060:
      return new CallError('DENIED', error.message, error);
    case -32061:
      return new CallError('EXPIRED', error.message, error);
    case -32063:
      return new CallError('STOPPED', error.message, error);
    case -32062:
    case -32065:
      return new CallError('BUSY', error.message, error);
    case -32601:
    case -32602:
      return new CallError('INVALID', error.message, error);
    default:
      return new CallError('UNAVAILABLE', error.message, error);
  }
}

/** With the reason that the person there gave: hostile text. */
function inTheirWords({ message, data }: ForeignError): string {
  const told = message.slice(0, 2000).toWellFormed();
  const said = isRecord(data) ? data['said'] : undefined;
  if (typeof said !== 'string' || said.trim() === '') return told;
  const words = said.trim().slice(0, MAX_SAID).toWellFormed();
  return told.includes(words) ? told : `${told} Their words: “${words}”`;
}

/** Until when our budget there is used up, as the other side says; null: it is not, or it does not say. */
export function pausedUntil({ code, data }: ForeignError): number | null {
  const until = code === -32062 && isRecord(data) ? data['resetsAt'] : undefined;
  return typeof until === 'number' && Number.isFinite(until) && until > 0 ? until : null;
}
