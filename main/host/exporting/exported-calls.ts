import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { CallQuery, CallView } from '../../../shared/calls.ts';
import { CallId } from '../../../shared/ids.ts';
import { maskText } from '../../../shared/masking.ts';
import type { CallStore, RecordedCall } from '../records/index.ts';
import type { ExportRequest } from './index.ts';

export interface ExportedCall {
  readonly call: CallView;
  readonly request: string | null;
  readonly response: string | null;
  /** The arguments that ran, where the person changed them. */
  readonly edited: string | null;
  /** SHA-256 of the whole, in hex; null where secrets in it are not to be seen. */
  readonly requestHash: string | null;
  readonly responseHash: string | null;
  /** A text is not as it was: secrets in it were masked, now or when it was recorded. */
  readonly masked: boolean;
}

const IDS = 1000;
/** Calls that are read at once: their bodies may be 64 KiB each. */
const ROWS = 20;

/** Finds and reads the calls of an export in pieces, so that the host does other things meanwhile. */
export class ExportedCalls {
  readonly #calls: Pick<CallStore, 'ids' | 'recordedOf'>;
  readonly #bodies: ExportRequest['bodies'];

  constructor(calls: Pick<CallStore, 'ids' | 'recordedOf'>, bodies: ExportRequest['bodies']) {
    this.#calls = calls;
    this.#bodies = bodies;
  }

  /** Oldest first. */
  async find(query: ExportRequest['query'], limit: number, signal?: AbortSignal): Promise<number[]> {
    const ids: number[] = [];
    while (ids.length < limit) {
      const last = ids.at(-1);
      const before: Pick<CallQuery, 'before'> = last === undefined ? {} : { before: CallId.parse(last) };
      const found = this.#calls.ids({ ...query, ...before, limit: Math.min(IDS, limit - ids.length) });
      if (found.length === 0) break;
      ids.push(...found);
      await breathe(undefined, signal === undefined ? {} : { signal });
    }
    return ids.reverse();
  }

  async *read(ids: readonly number[], signal?: AbortSignal): AsyncGenerator<ExportedCall, void> {
    for (let at = 0; at < ids.length; at += ROWS) {
      for (const recorded of this.#calls.recordedOf(ids.slice(at, at + ROWS))) yield this.#exported(recorded);
      await breathe(undefined, signal === undefined ? {} : { signal });
    }
  }

  #exported(recorded: RecordedCall): ExportedCall {
    const { call } = recorded;
    const request = this.#body(recorded.request, recorded.requestHash);
    const response = this.#body(recorded.response, recorded.responseHash);
    const edited = this.#body(recorded.edited, null);
    // What a host or an agent says of an error may repeat a secret, too.
    const error = this.#shown(call.error);
    const bodies = [request, response, edited];
    return {
      call: { ...call, error: error.text },
      request: request.text,
      response: response.text,
      edited: edited.text,
      requestHash: request.hash,
      responseHash: response.hash,
      masked: error.masked || (this.#bodies !== 'none' && bodies.some(({ masked }) => masked)),
    };
  }

  /** Text and hash of what was recorded. The hash of a whole that is not shown can be compared with guesses at the secret. */
  #body(
    text: string | null,
    kept: string | null,
  ): { text: string | null; hash: string | null; masked: boolean } {
    const shown = this.#shown(text);
    const masked = shown.masked || (text !== null && kept !== null);
    return {
      text: this.#bodies === 'none' ? null : shown.text,
      hash: masked && this.#bodies !== 'whole' ? null : (kept ?? hashOf(text)),
      masked,
    };
  }

  #shown(text: string | null): { text: string | null; masked: boolean } {
    if (text === null || this.#bodies === 'whole') return { text, masked: false };
    const result = maskText(text);
    return { text: result.text, masked: result.masked > 0 };
  }
}

const hashOf = (text: string | null): string | null => (text === null ? null : hash('sha256', text, 'hex'));
