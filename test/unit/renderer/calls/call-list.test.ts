import { describe, expect, it } from 'vitest';
import type { CallQuery, CallView } from '../../../../shared/calls.ts';
import { createCallList, type CallList } from '../../../../renderer/calls/call-list.ts';
import { noFilter } from '../../../../renderer/calls/call-log.ts';
import { aCall } from '../../../fixtures/views.ts';

interface Question {
  readonly query: CallQuery;
  readonly answer: (page: readonly CallView[]) => void;
  readonly fail: (error: Error) => void;
}

/** A list over records that answer when the test says so. */
function aList(): { list: CallList; asked: Question[]; ids: () => number[] } {
  const asked: Question[] = [];
  const list = createCallList((query) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly CallView[]>();
    asked.push({ query, answer: resolve, fail: reject });
    return promise;
  });
  return { list, asked, ids: () => list.store.getState().calls.map(({ id }) => id) };
}

const take = (list: CallList, calls: readonly CallView[]): void =>
  list.take({ calls: Object.fromEntries(calls.map((call) => [call.id, call])), nameOf: () => 'Ada' }, true);

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const page = (from: number, to: number): CallView[] =>
  Array.from({ length: to - from + 1 }, (_, index) => aCall(from + index));

describe('the calls under a filter', () => {
  it('are asked for at once when the filter changes, and a late answer to the old one is dropped', async () => {
    const { list, asked, ids } = aList();
    list.show(noFilter);
    list.show({ ...noFilter, status: 'failed' });
    expect(asked.map(({ query }) => query.status)).toEqual([undefined, 'failed']);
    asked[0]?.answer([aCall(1), aCall(2)]);
    await settled();
    expect(ids()).toEqual([]);
    expect(list.store.getState()).toMatchObject({ loading: true, complete: false });
    asked[1]?.answer([aCall(3, { status: 'failed' })]);
    await settled();
    expect(ids()).toEqual([3]);
    expect(list.store.getState()).toMatchObject({ loading: false, complete: true });
  });

  it('do not take over the late failure of the old one', async () => {
    const { list, asked, ids } = aList();
    list.show(noFilter);
    list.show({ ...noFilter, direction: 'in' });
    asked[1]?.answer([aCall(3)]);
    await settled();
    asked[0]?.fail(new Error('Too late.'));
    await settled();
    expect(list.store.getState()).toMatchObject({ loading: false, error: null });
    expect(ids()).toEqual([3]);
  });

  it('go when they no longer have the status asked for', async () => {
    for (const status of ['waiting', 'running'] as const) {
      const { list, asked, ids } = aList();
      list.show({ ...noFilter, status });
      asked[0]?.answer([aCall(1, { status }), aCall(2, { status })]);
      take(list, [aCall(2, { status }), aCall(3, { status })]);
      await settled();
      expect(ids()).toEqual([1, 2, 3]);
      take(list, [aCall(2, { status: 'answered' }), aCall(3, { status })]);
      expect(ids()).toEqual([1, 3]);
    }
  });

  it('go even where a page that was read a moment ago still holds them', async () => {
    const { list, asked, ids } = aList();
    list.show({ ...noFilter, status: 'waiting' });
    take(list, [aCall(1, { status: 'answered' })]);
    asked[0]?.answer([aCall(1, { status: 'waiting' })]);
    await settled();
    expect(ids()).toEqual([]);
  });

  it('stay where the records found words in them that are not shown here', async () => {
    const { list, asked, ids } = aList();
    list.show({ ...noFilter, text: 'only the records know' });
    asked[0]?.answer([aCall(1, { status: 'running' })]);
    await settled();
    take(list, [aCall(1), aCall(2)]);
    expect(ids()).toEqual([1]);
    expect(list.store.getState().calls[0]?.status).toBe('answered');
  });

  it('come by the page, one at a time, from the oldest that was read on', async () => {
    const { list, asked, ids } = aList();
    // A call that has waited for long is live, though older than the first page.
    take(list, [aCall(5, { status: 'waiting' })]);
    list.show(noFilter);
    asked[0]?.answer(page(801, 1000));
    await settled();
    expect(ids().slice(0, 2)).toEqual([5, 801]);
    list.older();
    list.older();
    expect(asked.map(({ query }) => query.before)).toEqual([undefined, 801]);
    asked[1]?.answer([aCall(799), aCall(800)]);
    await settled();
    expect(ids().slice(0, 3)).toEqual([5, 799, 800]);
    list.older();
    expect(asked).toHaveLength(2);
  });
});
