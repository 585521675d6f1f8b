/** The exporting room: recorded calls as text that needs nothing else: JSON lines, or one HTML page. */
import type { CallQuery } from '../../../shared/calls.ts';
import type { CallStore } from '../records/index.ts';
import { ExportedCalls } from './exported-calls.ts';
import { htmlBegin, htmlCall, htmlEnd } from './html-page.ts';
import { jsonLineCall, jsonLineHeader } from './json-lines.ts';

export interface ExportRequest {
  readonly format: 'jsonl' | 'html';
  /** `masked`: secrets in what is kept whole are masked on the way out. */
  readonly bodies: 'masked' | 'whole' | 'none';
  readonly query: Omit<CallQuery, 'limit' | 'before'>;
  /** At most this many, the newest. */
  readonly limit: number;
  /** Peer id of this host. */
  readonly from: string;
}

/** What the header of an export says. */
export interface ExportHeader extends Omit<ExportRequest, 'limit'> {
  readonly at: number;
  readonly calls: number;
}

/** Pieces of about this many characters, so that whoever reads decides how fast it goes. */
const PIECE = 64 * 1024;

/** Oldest first. The next piece is made when it is asked for. */
export async function* exportCalls(
  calls: Pick<CallStore, 'ids' | 'recordedOf'>,
  request: ExportRequest,
  signal?: AbortSignal,
): AsyncGenerator<string, void> {
  const { format, bodies, query, limit, from } = request;
  const exported = new ExportedCalls(calls, bodies);
  const ids = await exported.find(query, limit, signal);
  const header: ExportHeader = { format, bodies, query, from, at: Date.now(), calls: ids.length };
  let piece = format === 'jsonl' ? jsonLineHeader(header) : htmlBegin(header);
  for await (const call of exported.read(ids, signal)) {
    piece += format === 'jsonl' ? jsonLineCall(call) : htmlCall(call);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece + (format === 'html' ? htmlEnd() : '');
}
