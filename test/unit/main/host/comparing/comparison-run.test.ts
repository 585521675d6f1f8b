import { expect, test } from 'vitest';
import { ComparisonRun } from '../../../../../main/host/comparing/comparison-run.ts';
import { inMemoryChannels } from '../../../../../main/host/network/channels/in-memory-channel.ts';
import { CompareRequest, type Way } from '../../../../../shared/compare.ts';
import { somePeerId } from '../../../../fixtures/views.ts';

/** A comparison over ways whose lines come back at once. */
async function compared(ways: readonly Way[], concurrency: number, calls: number) {
  const request = CompareRequest.parse({ peerId: somePeerId, ways, concurrency, calls, bytes: 16 });
  let underWay = 0;
  const most = new Map<Way, number>();
  const run = new ComparisonRun(
    {
      network: {
        openWay: (peerId, way) =>
          Promise.resolve({
            way,
            address: 'ws://192.0.2.7:8000',
            openEcho: () => {
              const [here, there] = inMemoryChannels({ peerId, path: 'lan', transport: 'websocket' });
              there.onLine = (line) => {
                underWay += 1;
                most.set(way, Math.max(most.get(way) ?? 0, underWay));
                setImmediate(() => {
                  underWay -= 1;
                  there.send(line);
                });
              };
              return Promise.resolve(here);
            },
            openMcp: () => Promise.reject(new Error('Not asked for.')),
            close: () => Promise.resolve(),
          }),
      },
      outgoing: { over: () => Promise.reject(new Error('Not asked for.')) },
      calls: { outcomes: () => ({ outcomes: [], next: null }) },
    },
    request,
    new AbortController().signal,
  );
  await run.run();
  const done = run.done();
  if (done.type !== 'done') throw new Error('It is not done.');
  return { results: done.comparison.ways, most };
}

test('a Dawn node gets 32 calls at once at most, and the result says so', async () => {
  const { results, most } = await compared(['tcp', 'legacy'], 64, 200);
  expect(results).toMatchObject([
    { way: 'tcp', concurrency: 64, calls: 200, failures: 0 },
    { way: 'legacy', concurrency: 32, calls: 200, failures: 0 },
  ]);
  expect([most.get('tcp'), most.get('legacy')]).toEqual([64, 32]);
});

test('no more calls are under way than there are', async () => {
  const { results } = await compared(['tcp'], 64, 5);
  expect(results).toMatchObject([{ concurrency: 5, calls: 5 }]);
});
