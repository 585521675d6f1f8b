import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RpcCode } from '../../shared/errors.ts';
import { AgentName } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';
import { BarePeer, type RawStream } from '../fixtures/bare-peer.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

/** What a caller that follows no rules gets back, and that the host goes on working for the others. */
let host: TestHost;
let caller: BarePeer;

beforeAll(async () => {
  [host, caller] = await Promise.all([TestHost.start('Ada'), BarePeer.start()]);
  await host.addAgent('everything', serverEverything());
  await caller.network.dial(host.address(), { signal: AbortSignal.timeout(30_000) });
  await host.until('the caller', (state) => state.peers[caller.peerId]);
}, 60_000);

afterAll(async () => {
  await Promise.all([host.stop(), caller.stop()]);
}, 60_000);

const answeredOf = (state: LiveState): number =>
  Object.values(state.calls).filter(
    ({ status, requestBytes }) => status === 'answered' && requestBytes > 100_000,
  ).length;

const callEcho = { name: 'echo', arguments: { message: 'hello' } };

describe('a stranger', () => {
  test('is refused whatever it asks, and its stream is closed when it goes on asking', async () => {
    const stream = await caller.open(host.peerId, 'everything');
    stream.request('init', 'initialize', { protocolVersion: '2025-11-25', capabilities: {} });
    expect(await stream.next()).toMatchObject({ id: 'init', result: { serverInfo: { name: 'gatehouse' } } });
    for (let id = 0; id < 20; id += 1) stream.request(id, 'tools/call', callEcho);
    const refused = new Set<unknown>();
    for (let answer = await stream.next(); answer !== null; answer = await stream.next()) {
      expect(answer).toMatchObject({ error: { code: RpcCode.denied, data: { reason: 'unknown-peer' } } });
      refused.add(answer['id']);
    }
    expect(refused).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
    const attempts = await host.until(
      'the request',
      (state) => state.peers[caller.peerId]?.request?.attempts,
    );
    expect(attempts).toBeGreaterThan(0);
    expect(Object.values(host.state?.peers ?? {}).filter(({ request }) => request !== null)).toHaveLength(1);
  });
});

test('a stranger that knocks without end is written down a few times, without what it sent', async () => {
  const before = (await host.client.calls.page({ limit: 1000 })).length;
  for (let round = 0; round < 12; round += 1) {
    const stream = await caller.open(host.peerId, 'everything');
    const message = 'x'.repeat(10_000);
    for (let id = 0; id < 8; id += 1)
      stream.request(id, 'tools/call', { name: 'echo', arguments: { message } });
    while ((await stream.next()) !== null);
  }
  const recorded = await host.client.calls.page({ limit: 1000 });
  expect(recorded.length - before).toBeLessThanOrEqual(10);
  const [newest] = recorded;
  const detail = await host.client.calls.detail({ id: newest?.id ?? expect.fail('no record') });
  expect(detail).toMatchObject({ request: null, response: null });
});

test('a stranger may not hold more than four streams', async () => {
  const open = await Promise.all([1, 2, 3, 4].map(() => caller.open(host.peerId, 'everything')));
  await expect(caller.open(host.peerId, 'everything')).rejects.toMatchObject({ rpc: { code: RpcCode.busy } });
  await Promise.all(open.map(({ channel }) => channel.close()));
});

describe('a contact', () => {
  let stream: RawStream;
  beforeAll(async () => {
    await host.client.contacts.accept({ peerId: caller.peerId });
  });
  beforeEach(async () => {
    stream = await caller.open(host.peerId, 'everything');
    return () => stream.channel.close();
  });

  test('that sends lines which are not JSON is told so, and cut off after sixteen', async () => {
    for (let n = 0; n < 16; n += 1) stream.send('{"jsonrpc":"2.0",');
    const answer = await stream.next();
    expect(answer).toMatchObject({ id: null, error: { code: RpcCode.parse, data: { reason: 'bad-json' } } });
    while ((await stream.next()) !== null);
  });

  test.each([
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], RpcCode.invalidRequest, 'bad-message'],
    [
      'params that are a list',
      { jsonrpc: '2.0', id: 1, method: 'ping', params: [] },
      RpcCode.invalidRequest,
      'bad-message',
    ],
    [
      'a method that is not offered',
      { jsonrpc: '2.0', id: 1, method: 'logging/setLevel' },
      RpcCode.methodNotFound,
      'unknown-method',
    ],
    [
      'a call that names no tool',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} },
      RpcCode.invalidParams,
      'bad-message',
    ],
    [
      'arguments that are a list',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: [] } },
      RpcCode.invalidParams,
      'bad-message',
    ],
    [
      'an unknown tool',
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'constructor' } },
      RpcCode.invalidParams,
      'unknown-tool',
    ],
  ])('that sends %s gets an error, and the stream goes on', async (_, message, code, reason) => {
    stream.send(message);
    expect(await stream.next()).toMatchObject({ error: { code, data: { reason } } });
    stream.request('still there', 'ping');
    expect(await stream.next()).toEqual({ jsonrpc: '2.0', id: 'still there', result: {} });
  });

  test('that sends fields nobody knows is answered as if they were not there', async () => {
    stream.send({ jsonrpc: '2.0', id: 'ping', method: 'ping', params: { more: 1 }, more: { id: 2 } });
    expect(await stream.next()).toEqual({ jsonrpc: '2.0', id: 'ping', result: {} });
    const params = { name: 'constructor', arguments: {}, more: [1] };
    stream.send({ jsonrpc: '2.0', id: 'call', method: 'tools/call', params, more: null });
    expect(await stream.next()).toMatchObject({ id: 'call', error: { data: { reason: 'unknown-tool' } } });
  });

  test('that hides a bottomless nest in the metadata neither passes it on nor harms the host', async () => {
    const nest = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const meta = `{"progressToken":5,"io.modelcontextprotocol/x":${nest}}`;
    const params = `{"name":"echo","arguments":{"message":"a"},"_meta":${meta}}`;
    stream.send(`{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":${params}}`);
    const asked = await host.until('the question', (state) => Object.values(state.approvals)[0]);
    await host.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'allow-once', edited: null },
    });
    expect(await stream.next((line) => line['id'] === 'deep')).toMatchObject({
      result: { content: [{ text: 'Echo: a' }] },
    });
    await host.until('no question', (state) => Object.keys(state.approvals).length === 0);
  });

  test('that nests its arguments without end is refused', async () => {
    const nest = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    stream.send(
      `{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":{"name":"echo","arguments":{"message":${nest}}}}`,
    );
    expect(await stream.next()).toMatchObject({ id: 'deep', error: { data: { reason: 'bad-message' } } });
  });

  test('that cancels gets no answer to what it cancelled', async () => {
    stream.request('c', 'tools/call', { ...callEcho, _meta: { progressToken: 'c' } });
    expect(await stream.next()).toMatchObject({ method: 'notifications/progress' });
    stream.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } });
    await host.until('no question', (state) => Object.keys(state.approvals).length === 0);
    stream.request('after', 'ping');
    expect(await stream.next()).toMatchObject({ id: 'after' });
  });

  test('may not use one id twice at once', async () => {
    stream.request(7, 'tools/call', { ...callEcho, _meta: { progressToken: 7 } });
    expect(await stream.next()).toMatchObject({
      method: 'notifications/progress',
      params: { progressToken: 7 },
    });
    stream.request(7, 'tools/call', callEcho);
    expect(await stream.next()).toMatchObject({ id: 7, error: { code: RpcCode.invalidRequest } });
    stream.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await host.until('no question', (state) => Object.keys(state.approvals).length === 0);
  });

  test('may not leave more than eight questions with the person', async () => {
    for (let id = 0; id < 9; id += 1) stream.request(id, 'tools/call', callEcho);
    expect(await stream.next()).toMatchObject({ id: 8, error: { code: RpcCode.busy } });
    await host.until('eight questions', (state) => Object.keys(state.approvals).length === 8);
    await stream.channel.close();
    await host.until('no question', (state) => Object.keys(state.approvals).length === 0);
  });

  test('that reads nothing loses no answer and does not fill the memory of the host', async () => {
    stream.request('rule', 'tools/call', callEcho);
    const asked = await host.until('the question', (state) => Object.values(state.approvals)[0]);
    await host.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'allow-until-quit', limits: null },
    });
    expect(await stream.next()).toMatchObject({ id: 'rule' });
    stream.channel.pause();
    const message = 'x'.repeat(512 * 1024);
    const total = 40;
    for (let id = 0; id < total; id += 1) {
      stream.request(id, 'tools/call', { name: 'echo', arguments: { message } });
    }
    // More than the buffers between the two hold, so that the host has to stop.
    await host.until('some answers', (state) => answeredOf(state) >= 10);
    stream.channel.resume();
    const ids = new Set<unknown>();
    for (let n = 0; n < total; n += 1) {
      const answer = await stream.next();
      expect(answer).toMatchObject({ result: { content: [{ type: 'text' }] } });
      ids.add(answer?.['id']);
    }
    expect(ids.size).toBe(total);
  }, 120_000);

  test('that is cut off for unreadable lines gets all it was owed before', async () => {
    stream.channel.pause();
    const message = 'x'.repeat(1024 * 1024);
    for (let id = 0; id < 12; id += 1)
      stream.request(id, 'tools/call', { name: 'echo', arguments: { message } });
    await host.until('some answers', (state) => answeredOf(state) >= 10);
    for (let n = 0; n < 16; n += 1) stream.send('no JSON');
    stream.channel.resume();
    const ids = new Set<unknown>();
    for (let answer = await stream.next(); answer !== null; answer = await stream.next()) {
      if (answer['result'] !== undefined) ids.add(answer['id']);
    }
    expect(ids.size).toBe(12);
  }, 120_000);

  test('that asks for an agent which does not exist is told at the door', async () => {
    await expect(caller.open(host.peerId, 'nobody')).rejects.toMatchObject({
      rpc: { code: RpcCode.unavailable, data: { reason: 'unknown-agent' } },
    });
    expect(AgentName.safeParse('../etc').success).toBe(false);
  });
});
