import { expect, test } from 'vitest';
import { pastWays, wayOf } from '../../../../../main/host/comparing/past-ways.ts';
import type { CallView } from '../../../../../shared/calls.ts';
import { PastComparison } from '../../../../../shared/compare.ts';
import { alice, bob, callOf, folder, put } from '../records/setup.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

test('past calls are told by the way on which they ran', async () => {
  await using dir = folder();
  const records = await dir.open();
  const call = (change: Partial<CallView>): Promise<unknown> =>
    put(records, callOf(records, { direction: 'out', ...change }));
  for (const runMs of [1, 2, 3]) await call({ runMs, path: 'lan', transport: 'tcp' });
  await call({ runMs: 40, path: 'relayed', transport: 'tcp' });
  await call({ runMs: 8, path: 'punched', transport: 'webrtc', peerId: bob });
  await call({ runMs: 9, path: 'legacy', transport: 'websocket' });
  await call({ runMs: 5, status: 'failed', error: 'The link was lost.', path: 'direct', transport: 'quic' });
  await call({ status: 'refused', path: 'lan', transport: 'ws' });
  await call({ runMs: 7, direction: 'in', path: 'lan', transport: 'ws' });
  await call({ runMs: 7, path: 'lan', transport: 'ws', at: Date.now() - 40 * DAY_MS });
  await call({ runMs: null, status: 'failed', path: null, transport: null });

  const past = PastComparison.parse(await pastWays(records.calls, { days: 30 }));
  expect(past.ways.map(({ way, calls, failures, p50 }) => [way, calls, failures, p50])).toEqual([
    ['tcp', 3, 0, 2],
    ['quic', 1, 1, null],
    ['webrtc', 1, 0, 8],
    ['relay', 1, 0, 40],
    ['legacy', 1, 0, 9],
  ]);
  expect(past.ways[1]?.failure).toBe('The link was lost.');
  const ofBob = await pastWays(records.calls, { days: 30, peerId: bob });
  expect(ofBob.ways.map(({ way }) => way)).toEqual(['webrtc']);
  expect((await pastWays(records.calls, { days: 50, peerId: alice })).ways.map(({ way }) => way)).toContain(
    'ws',
  );
});

test('many past calls are read page by page', async () => {
  await using dir = folder();
  const records = await dir.open();
  for (let at = 0; at < 4500; at += 1)
    records.calls.put(callOf(records, { direction: 'out', runMs: at + 1 }));
  const { ways } = await pastWays(records.calls, { days: 1 });
  expect(ways).toMatchObject([{ way: 'tcp', calls: 4500, p50: 2250 }]);
});

test('a link by way of a relay is relayed, whatever it runs over', () => {
  expect(wayOf('relayed', 'ws')).toBe('relay');
  expect(wayOf('direct', 'ws')).toBe('ws');
  expect(wayOf('direct', 'websocket')).toBe('websocket');
  expect(wayOf('legacy', 'websocket')).toBe('legacy');
});
