import { afterEach, expect, test } from 'vitest';
import { CompareMessage, type CompareRequest, type Comparison, type Way } from '../../shared/compare.ts';
import { AgentName } from '../../shared/ids.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

const EVERYTHING = AgentName.parse('everything');
const hosts: TestHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0).reverse()) await host.stop();
});

/** Two hosts that have each other as contacts, linked by TCP. */
async function contacts(): Promise<[caller: TestHost, called: TestHost]> {
  const caller = await TestHost.start('caller');
  const called = await TestHost.start('called');
  hosts.push(caller, called);
  await caller.client.peers.dial({ address: called.address() });
  for (const [one, other] of [
    [caller, called],
    [called, caller],
  ] as const) {
    await one.until('the other', ({ peers }) => peers[other.peerId]);
    await one.client.contacts.accept({ peerId: other.peerId });
  }
  await caller.until('all addresses', ({ peers }) =>
    peers[called.peerId]?.addresses.some((address) => address.endsWith('/ws')),
  );
  return [caller, called];
}

async function compared(
  host: TestHost,
  request: Partial<CompareRequest> & Pick<CompareRequest, 'peerId'>,
): Promise<{ comparison: Comparison; messages: CompareMessage[] }> {
  const messages: CompareMessage[] = [];
  for await (const message of await host.client.comparing.run(request)) {
    messages.push(CompareMessage.parse(message));
  }
  const last = messages.at(-1);
  if (last?.type !== 'done') throw new Error('The comparison did not come to its end.');
  return { comparison: last.comparison, messages };
}

const measured = ({ ways }: Comparison): Way[] =>
  ways.filter(({ unavailable }) => unavailable === null).map(({ way }) => way);

test('lines are compared over each way that there is, and the others say why not', async () => {
  const [caller, called] = await contacts();
  const before = caller.state?.peers[called.peerId]?.links.length;
  const { comparison } = await compared(caller, { peerId: called.peerId, calls: 60, concurrency: 4 });
  expect(measured(comparison)).toEqual(['tcp', 'quic', 'ws']);
  for (const way of comparison.ways) {
    if (way.unavailable !== null) {
      expect(way.unavailable).toMatch(/^[A-Zl].*\.$/);
      continue;
    }
    expect(way).toMatchObject({ calls: 60, concurrency: 4, failures: 0, failure: null });
    expect(way.p50).toBeGreaterThan(0);
    expect(way.p99).toBeGreaterThanOrEqual(way.p50 ?? Infinity);
    expect(way.callsPerSecond).toBeGreaterThan(0);
    expect(way.mibPerSecond).toBeGreaterThan(0);
    expect(way.cpuSeconds).toBeGreaterThan(0);
    expect(way.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(60);
    expect(way.series.reduce((sum, { calls }) => sum + calls, 0)).toBe(60);
  }
  // Lines are no calls, and what was made for them is gone.
  expect(await caller.client.calls.page({})).toEqual([]);
  expect(caller.state?.peers[called.peerId]?.links).toHaveLength(before ?? 1);
});

test('a tool is called through the gate of the other side, and recorded at both', async () => {
  const [caller, called] = await contacts();
  await called.addAgent(EVERYTHING, serverEverything());
  const target = { agent: EVERYTHING, tool: 'echo', arguments: { message: 'again' } };
  const running = compared(caller, { peerId: called.peerId, target, calls: 12, ways: ['tcp', 'ws'] });
  const asked = await called.until('the question', ({ approvals }) => Object.values(approvals)[0]);
  await called.client.approvals.answer({
    id: asked.id,
    digest: asked.digest,
    answer: { kind: 'allow-always', limits: null },
  });
  const { comparison } = await running;
  expect(measured(comparison)).toEqual(['tcp', 'ws']);
  expect(comparison.ways).toMatchObject([
    { calls: 12, failures: 0 },
    { calls: 12, failures: 0 },
  ]);
  const [out, into] = [await caller.client.calls.page({}), await called.client.calls.page({})];
  expect(out).toHaveLength(24);
  expect(new Set(out.map(({ transport }) => transport))).toEqual(new Set(['tcp', 'ws']));
  expect(into.every(({ status, direction }) => status === 'answered' && direction === 'in')).toBe(true);
  expect(into).toHaveLength(24);

  const past = await caller.client.comparing.past({ peerId: called.peerId });
  expect(past.ways.map(({ way, calls }) => [way, calls])).toEqual([
    ['tcp', 12],
    ['ws', 12],
  ]);
});

test('a way on which every call fails is given up, with the sentence of the other side', async () => {
  const [caller, called] = await contacts();
  await called.addAgent(EVERYTHING, serverEverything());
  const target = { agent: EVERYTHING, tool: 'nope', arguments: {} };
  const { comparison } = await compared(caller, { peerId: called.peerId, target, ways: ['tcp'], calls: 500 });
  expect(comparison.ways[0]).toMatchObject({ calls: 5, failures: 5, p50: null, histogram: [], series: [] });
  expect(comparison.ways[0]?.failure).toMatch(/nope/);
});

test('a way on which the agent cannot be had says why', async () => {
  const [caller, called] = await contacts();
  const target = { agent: AgentName.parse('nobody'), tool: 'echo', arguments: {} };
  const { comparison } = await compared(caller, { peerId: called.peerId, target, ways: ['tcp'] });
  expect(comparison.ways[0]?.unavailable).toMatch(/nobody/);
});

test('there is one comparison at a time, and who leaves ends it', async () => {
  const [caller, called] = await contacts();
  const request = { peerId: called.peerId, calls: 10_000, ways: ['tcp' as const], concurrency: 2 };
  const first = await caller.client.comparing.run(request);
  const progress = await first.next();
  expect(progress.value).toMatchObject({ type: 'progress', total: 10_000 });
  await expect(compared(caller, request)).rejects.toMatchObject({ code: 'BUSY' });
  await first.return();
  const { comparison } = await compared(caller, { ...request, calls: 5 });
  expect(comparison.ways[0]).toMatchObject({ calls: 5, failures: 0 });
});

test('nothing is compared with somebody who does not have us as a contact', async () => {
  const [caller, called] = await contacts();
  await called.client.contacts.setTrust({ peerId: caller.peerId, trust: 'unknown' });
  const { comparison } = await compared(caller, { peerId: called.peerId, ways: ['tcp'], calls: 5 });
  expect(comparison.ways[0]?.unavailable).toMatch(/contacts only/);
});
