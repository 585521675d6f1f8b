/** A client of Dawn and a whole host with its person. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PeerId } from '../../shared/ids.ts';
import { DawnStyleClient } from '../fixtures/dawn-style-client.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

const SEED = randomBytes(32);
let host: TestHost;
let client: DawnStyleClient;
let nodeId: string;

const call = (message: string): ReturnType<DawnStyleClient['call']> =>
  client.call(`${nodeId}:everything/tools/call`, { name: 'echo', arguments: { message } });
const callerIn = (state: NonNullable<TestHost['state']>): PeerId | undefined =>
  Object.values(state.peers).find(({ request, contactSince }) => request !== null || contactSince !== null)
    ?.peerId;
const questions = (): unknown[] => Object.values(host.state?.approvals ?? {});
const allow = async (about: string): Promise<void> => {
  const { id, digest } = await host.until('the question', (state) =>
    Object.values(state.approvals).find(({ arguments: [first] }) => first?.preview.includes(about)),
  );
  await host.client.approvals.answer({ id, digest, answer: { kind: 'allow-once', edited: null } });
};

beforeAll(async () => {
  host = await TestHost.start('Ada', undefined, { transport: 'both', webSocketListen: ['127.0.0.1:0'] });
  await host.addAgent('everything', serverEverything());
  const address = host.host.addresses().find((one) => one.startsWith('ws://')) ?? '';
  client = await DawnStyleClient.connect(address.replace(/#.*/, ''), SEED);
  const info = await client.call('node/get_info');
  ({ node_id: nodeId } = info.result as { node_id: string });
}, 60_000);

afterAll(async () => {
  await client.close();
  await host.stop();
}, 60_000);

test('a stranger is shown nothing, and refused as any other', async () => {
  expect(await client.call('node/list_agents')).toMatchObject({ result: { agents: [] } });
  expect(host.state === undefined ? undefined : callerIn(host.state)).toBeUndefined();
  expect(await call('let me in')).toMatchObject({
    error: { code: -32001, data: { reason: 'unknown-peer', code: -32060 } },
  });
  const peerId = await host.until('the contact request', callerIn);
  await host.client.contacts.accept({ peerId });
});

test('a contact sees the agents with their schemas, and is asked about as any other', async () => {
  const { result } = await client.call('node/list_agents');
  const { agents } = result as { agents: { tools: { name: string; inputSchema: object }[] }[] };
  const schema = agents[0]?.tools.find(({ name }) => name === 'echo')?.inputSchema;
  expect(schema).toMatchObject({ properties: { message: { type: 'string' } } });
  expect(await client.call(`${nodeId}:everything/tools/list`)).toHaveProperty('result.tools');
  const answer = call('good day');
  await allow('good day');
  expect(await answer).toMatchObject({
    result: { content: [{ text: expect.stringContaining('good day') as string }] },
  });
  const record = await host.until('the record', (state) =>
    Object.values(state.calls).find(({ status }) => status === 'answered'),
  );
  expect(record).toMatchObject({ direction: 'in', transport: 'websocket', path: 'lan', tool: 'echo' });
});

test('who gives up after 30 s hears before that, and the answer when it asks again: it runs once', async () => {
  const first = await call('in a while');
  expect(first).toMatchObject({ error: { code: -32001, data: { reason: 'waiting' } } });
  expect(questions()).toHaveLength(1);
  const second = call('in a while');
  await allow('in a while');
  expect(await second).toMatchObject({
    result: { content: [{ text: expect.stringContaining('in a while') as string }] },
  });
  const statuses = await host.until('the record', (state) => {
    const all = Object.values(state.calls).map(({ status }) => status);
    return all.filter((status) => status === 'answered').length > 1 ? all : null;
  });
  expect(statuses.toSorted()).toEqual(['answered', 'answered', 'refused']);
}, 60_000);

test('a question is withdrawn when its caller goes', async () => {
  void call('for nobody').catch(() => undefined);
  await host.until('the question', (state) => Object.keys(state.approvals).length === 1);
  client.socket.terminate();
  await host.until('no question', (state) => Object.keys(state.approvals).length === 0);
});
