import type { CallDetail, CallQuery, CallView } from '../../../../../shared/calls.ts';
import type { Decision } from '../../../../../shared/gate.ts';
import type { RecordedCall } from '../../../../../main/host/records/index.ts';
import { aCall } from '../../../../fixtures/views.ts';
import { ada, files, NOW } from './setup.ts';

/** FAKE: calls in memory, as far as the rules room reads them. */
export class FakeCalls {
  readonly kept: RecordedCall[] = [];
  denied = 0;

  /** Each a minute after the one before, up to now. */
  add(args: Record<string, unknown> | null, patch: Partial<CallView> = {}, masked = false): CallView {
    const call = aCall(this.kept.length + 1, {
      peerId: ada,
      agent: files,
      tool: 'read_file',
      decision: byPerson,
      at: NOW - 3_600_000 + this.kept.length * 60_000,
      ...patch,
    });
    this.kept.push({
      call,
      request: args === null ? null : JSON.stringify(args),
      response: null,
      edited: null,
      requestHash: null,
      responseHash: null,
      masked,
    });
    return call;
  }

  recorded(query: CallQuery): RecordedCall[] {
    return this.kept
      .filter(({ call }) => (query.before === undefined || call.id < query.before) && fits(call, query))
      .toReversed()
      .slice(0, query.limit);
  }

  page(query: CallQuery): CallView[] {
    return this.recorded(query).map(({ call }) => call);
  }

  count(): { allowed: number; denied: number } {
    return { allowed: 0, denied: this.denied };
  }

  detail(id: number): CallDetail | null {
    const found = this.kept.find(({ call }) => call.id === id);
    if (found === undefined) return null;
    const { call, request, response, masked } = found;
    const hashes = { requestHash: null, responseHash: null };
    return { ...call, ...hashes, request, response, masked, edited: null, receipt: 'none' };
  }
}

const fits = (call: CallView, { direction, peerId, agent, tool }: CallQuery): boolean =>
  (direction === undefined || call.direction === direction) &&
  (peerId === undefined || call.peerId === peerId) &&
  (agent === undefined || call.agent === agent) &&
  (tool === undefined || call.tool === tool);

export const byPerson: Decision = { effect: 'allow', by: 'person', ruleId: null };
export const denied: Decision = { effect: 'deny', by: 'person', ruleId: null };
