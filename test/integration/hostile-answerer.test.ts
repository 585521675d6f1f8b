import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MessageChannel } from '../../main/host/network/index.ts';
import { AgentName } from '../../shared/ids.ts';
import { BarePeer } from '../fixtures/bare-peer.ts';
import { TestHost } from '../fixtures/test-host.ts';

/** What a peer whose agents we call can do to us with its answers. */
let host: TestHost;
let peer: BarePeer | undefined;

beforeEach(async () => {
  host = await TestHost.start('Ada');
});
afterEach(async () => {
  await host.stop();
  await peer?.stop();
  peer = undefined;
});

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const answerTo = (id: unknown, result: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;

/** A peer that does the handshake as it should, and answers calls as the test says. */
async function peerThat(onCall: (id: unknown, channel: MessageChannel) => void): Promise<BarePeer> {
  const started = await BarePeer.start((channel) => {
    channel.onLine = (line): void => {
      const { id, method } = JSON.parse(line) as { id?: unknown; method: string };
      if (method === 'initialize') {
        const result = {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'x', version: '1' },
        };
        channel.send(answerTo(id, JSON.stringify(result)));
      } else if (method === 'tools/call') onCall(id, channel);
    };
  });
  peer = started;
  await host.client.peers.dial({ address: started.address });
  return started;
}

const call = (options: { ticket?: string; text?: string } = {}): Promise<unknown> =>
  host.client.tools.call({
    peerId: (peer ?? expect.fail('no peer')).peerId,
    agent: AgentName.parse('x'),
    tool: 'x',
    arguments: { text: options.text ?? '' },
    ...(options.ticket === undefined ? {} : { ticket: options.ticket }),
  });

test.each([
  [
    'an error code that is no integer',
    (id: unknown) => `{"jsonrpc":"2.0","id":${String(id)},"error":{"code":1.5,"message":"x"}}`,
  ],
  [
    'an error code beyond all integers',
    (id: unknown) => `{"jsonrpc":"2.0","id":${String(id)},"error":{"code":1e17,"message":"x"}}`,
  ],
  ['a result nested without end', (id: unknown) => answerTo(id, `{"content":[${deep(20_000)}]}`)],
  ['isError that is no boolean', (id: unknown) => answerTo(id, '{"content":[],"isError":"yes"}')],
  [
    'an error with data nested without end',
    (id: unknown) =>
      `{"jsonrpc":"2.0","id":${String(id)},"error":{"code":-1,"message":"x","data":${deep(20_000)}}}`,
  ],
])('%s fails the call, and nothing else', async (_, answer) => {
  await peerThat((id, channel) => channel.send(answer(id)));
  await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|UNREACHABLE/) });
  const [record] = await host.client.calls.page({ limit: 1 });
  expect(record?.status).toBe('failed');
  await host.until('the live state to go on', (state) =>
    Object.values(state.calls).some(({ status }) => status === 'failed'),
  );
  const { dataDir } = host;
  await host.stop(true);
  host = await TestHost.start('Ada', dataDir);
  expect(await host.client.calls.page({ limit: 1 })).toHaveLength(1);
});

test('a peer that reads nothing and then goes leaves no call hanging and no loop running', async () => {
  const opened = await peerThat((_id, channel) => channel.pause());
  const text = 'x'.repeat(4 * 1024 * 1024);
  const calls = Array.from({ length: 6 }, () => call({ text }).catch((error: unknown) => error));
  await host.until(
    'the calls',
    (state) => Object.values(state.calls).filter(({ direction }) => direction === 'out').length === 6,
  );
  await opened.stop();
  peer = undefined;
  for (const outcome of await Promise.all(calls)) expect(outcome).toMatchObject({ code: 'UNREACHABLE' });
});

test('a call that waits for a slow reader can be cancelled', async () => {
  await peerThat((_id, channel) => channel.pause());
  const text = 'x'.repeat(4 * 1024 * 1024);
  const calls = Array.from({ length: 6 }, (_, n) =>
    call({ text, ticket: `t${n}` }).catch((error: unknown) => error),
  );
  await host.until(
    'the calls',
    (state) => Object.values(state.calls).filter(({ direction }) => direction === 'out').length === 6,
  );
  for (let n = 0; n < 6; n += 1) await host.client.tools.cancel({ ticket: `t${n}` });
  for (const outcome of await Promise.all(calls)) expect(outcome).toMatchObject({ code: 'CANCELLED' });
});

test('a peer that never answers the handshake does not hold up the end of the host', async () => {
  const silent = await BarePeer.start(() => undefined);
  peer = silent;
  await host.client.peers.dial({ address: silent.address });
  const outcome = call().catch((error: unknown) => error);
  await host.until('the link', (state) => state.peers[silent.peerId]?.state === 'connected');
  const { dataDir } = host;
  await host.stop(true);
  expect(await outcome).toMatchObject({ code: expect.any(String) });
  host = await TestHost.start('Ada', dataDir);
});

test('arguments nested without end are refused before they are sent', async () => {
  await peerThat(() => undefined);
  let nest: unknown = [];
  for (let level = 0; level < 20_000; level += 1) nest = [nest];
  const args = { peerId: (peer ?? expect.fail('no peer')).peerId, agent: AgentName.parse('x'), tool: 'x' };
  await expect(host.client.tools.call({ ...args, arguments: { nest } })).rejects.toMatchObject({
    code: 'INVALID',
  });
});
