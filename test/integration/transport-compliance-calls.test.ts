/** What MCP asks of a transport, over each: a real host with a real agent, and a caller that writes its own lines. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES, STAGE_META } from '../../shared/wire.ts';
import { BarePeer, type RawStream } from '../fixtures/bare-peer.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';
import { soon } from './network-fixture.ts';
import { TRANSPORTS } from './transport-fixture.ts';

const LONG = 'trigger-long-running-operation';

describe.each(TRANSPORTS)('over %s, a caller', (name) => {
  let host: TestHost;
  let caller: BarePeer;
  let stream: RawStream;

  beforeAll(async () => {
    host = await TestHost.start('Ada', undefined, { transport: name, webSocketListen: ['127.0.0.1:0'] });
    caller = await BarePeer.start(undefined, name);
    await host.addAgent('everything', serverEverything());
    const [address = ''] = host.host.addresses();
    await caller.network.dial(address, soon());
    await host.until('the caller', (state) => state.peers[caller.peerId]?.state === 'connected');
    await host.client.contacts.accept({ peerId: caller.peerId });
    stream = await caller.open(host.peerId, 'everything');
  });
  afterAll(async () => {
    await caller.stop();
    await host.stop();
  });

  const call = (id: string, tool: string, args: object): void =>
    stream.request(id, 'tools/call', { name: tool, arguments: args, _meta: { progressToken: id } });
  const answerTo = (id: string) => stream.next((line) => line['id'] === id);
  const allow = async (tool: string): Promise<void> => {
    const asked = await host.until('the question', (state) =>
      Object.values(state.approvals).find((one) => one.tool === tool),
    );
    await host.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'allow-always', limits: null },
    });
  };
  const progressOf = async (id: string): Promise<Record<string, unknown>> => {
    const line = await stream.next(
      ({ method, params }) =>
        method === 'notifications/progress' && (params as { progressToken: unknown }).progressToken === id,
    );
    return line?.['params'] as Record<string, unknown>;
  };
  const stageOf = (progress: Record<string, unknown>): unknown =>
    (progress['_meta'] as Record<string, unknown> | undefined)?.[STAGE_META];

  it('is told that its call waits for the person, and then how it gets on, in order', async () => {
    call('long', LONG, { duration: 1, steps: 5 });
    const waiting = await progressOf('long');
    expect(stageOf(waiting)).toMatchObject({ stage: 'waiting' });
    await allow(LONG);
    const progress = [waiting];
    while (progress.filter((one) => one['total'] !== undefined).length < 3)
      progress.push(await progressOf('long'));
    const values = progress.map((one) => one['progress'] as number);
    // Each is more than the one before, as MCP demands.
    expect(values).toEqual([...new Set(values)].toSorted((one, other) => one - other));
    expect(JSON.stringify(await answerTo('long'))).toContain('Steps: 5.');
  });

  it('that cancels gets no answer to that call, the agent is told, and the next call is answered', async () => {
    call('dull', LONG, { duration: 60, steps: 60 });
    await progressOf('dull');
    const running = await host.until('the call to run', (state) =>
      Object.values(state.calls).find(({ status, tool }) => status === 'running' && tool === LONG),
    );
    stream.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'dull' } });
    await host.until(
      'the call to be cancelled',
      (state) => state.calls[String(running.id)]?.status === 'cancelled',
    );
    stream.request('next', 'ping');
    const next = await stream.next(({ id }) => id === 'next' || id === 'dull');
    expect(next).toEqual({ jsonrpc: '2.0', id: 'next', result: {} });
  });

  it('gets big answers whole, and is told where its request is too big for the wire', async () => {
    const message = 'ä'.repeat(1024 * 1024);
    call('big', 'echo', { message });
    await allow('echo');
    const answer = await answerTo('big');
    expect(answer).toMatchObject({ result: { content: [{ type: 'text', text: `Echo: ${message}` }] } });
    // Its own side refuses to send it; the stream ends, and another one is as good as new.
    stream.request('too big', 'tools/call', {
      name: 'echo',
      arguments: { message: 'x'.repeat(MAX_MESSAGE_BYTES) },
    });
    expect(await stream.next(({ id }) => id === 'too big')).toBeNull();
    stream = await caller.open(host.peerId, 'everything');
    call('again', 'echo', { message: 'again' });
    expect(JSON.stringify(await answerTo('again'))).toContain('Echo: again');
  });
});
