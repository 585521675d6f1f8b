import { describe, expect, it } from 'vitest';
import { mergeCalls, noFilter, passes } from '../../../../renderer/calls/call-log.ts';
import { barLength } from '../../../../renderer/calls/time-bar.tsx';
import { aCall } from '../../../fixtures/views.ts';

describe('the list of calls', () => {
  it('is sorted by id, takes the newer of two, and stays itself when nothing changed', () => {
    const held = [aCall(2), aCall(5)];
    const answered = aCall(5, { status: 'failed' });
    const merged = mergeCalls(held, [answered, aCall(1)]);
    expect(merged.map((call) => call.id)).toEqual([1, 2, 5]);
    expect(merged[2]).toBe(answered);
    expect(mergeCalls(merged, [answered])).toBe(merged);
  });

  it('filters by direction, status and text in any of peer, agent, tool and error', () => {
    const call = aCall(1, { agent: 'files', tool: 'read', error: 'Disk full' });
    expect(passes(call, noFilter, 'Ada')).toBe(true);
    expect(passes(call, { ...noFilter, text: 'ADA' }, 'Ada')).toBe(true);
    expect(passes(call, { ...noFilter, text: 'disk' }, 'Ada')).toBe(true);
    expect(passes(call, { ...noFilter, text: 'nothing' }, 'Ada')).toBe(false);
    expect(passes(call, { ...noFilter, direction: 'out' }, 'Ada')).toBe(false);
    expect(passes(call, { ...noFilter, status: 'failed' }, 'Ada')).toBe(false);
  });
});

describe('the bar of times', () => {
  it('grows with the time and never beyond its room', () => {
    expect(barLength(0, 72)).toBe(0);
    expect(barLength(2, 72)).toBeLessThan(barLength(200, 72));
    expect(barLength(1e9, 72)).toBe(72);
  });
});
