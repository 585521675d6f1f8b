/** A real host, and a Dawn server as it was recorded: what is called there asks the person here, each time. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentName, type PeerId } from '../../shared/ids.ts';
import type { ApprovalView } from '../../shared/gate.ts';
import { blankPeer } from '../../main/host/peers/index.ts';
import { openRecords } from '../../main/host/records/index.ts';
import { recordedDawnServer, type RecordedDawnServer } from '../fixtures/recorded-dawn-server.ts';
import { TestHost } from '../fixtures/test-host.ts';

const agent = AgentName.parse('agent1');
let ada: TestHost;
let dawn: RecordedDawnServer;
let peerId: PeerId;

beforeAll(async () => {
  dawn = await recordedDawnServer();
  // It was recorded with one call only.
  dawn.answer = ({ method, params }) => {
    if (!String(method).endsWith('/tools/call')) return undefined;
    const { text } = (params as { arguments: { text: string } }).arguments;
    const result = { content: [{ type: 'text', text: `echo:${text}` }], isError: false };
    return JSON.stringify({ jsonrpc: '2.0', id: 'another', result });
  };
  ada = await TestHost.start('Ada', undefined, { transport: 'both', webSocketListen: ['127.0.0.1:0'] });
  await expect(ada.client.peers.dial({ address: dawn.address })).rejects.toThrow();
  ({ peerId } = await ada.until('the offer', ({ peers }) =>
    Object.values(peers).find(({ legacy }) => legacy === 'offered'),
  ));
  await ada.client.peers.allowLegacy({ peerId, allowed: true });
  await ada.client.peers.dial({ address: dawn.address });
  await ada.until('the link', ({ peers }) => peers[peerId]?.links.some(({ path }) => path === 'legacy'));
}, 60_000);

afterAll(async () => {
  await ada.stop();
  await dawn.stop();
}, 60_000);

const call = (text: string, signal?: AbortSignal) =>
  ada.client.tools.call(
    { peerId, agent, tool: 'echo', arguments: { text } },
    ...(signal === undefined ? [] : [{ signal }]),
  );
const question = (text: string): Promise<ApprovalView> =>
  ada.until(`the question about ${text}`, ({ approvals }) =>
    Object.values(approvals).find(({ arguments: [first] }) => first?.preview.includes(text)),
  );
/** What the Dawn server was asked to run. */
const ran = (): unknown[] =>
  dawn.heard
    .filter(({ method }) => String(method).endsWith('/tools/call'))
    .map(({ params }) => (params as { arguments: unknown }).arguments);

test('the tools of a Dawn node are listed unasked', async () => {
  const tools = await ada.client.tools.list({ peerId, agent });
  expect(tools.map(({ name }) => name)).toContain('echo');
  expect(ada.state?.approvals).toEqual({});
});

test('a call is sent once the person here has allowed it', async () => {
  const done = call('hello');
  const asked = await question('hello');
  expect(asked).toMatchObject({ direction: 'out', path: 'legacy', peerId, agent: 'agent1', tool: 'echo' });
  expect(ran()).toEqual([]);
  await ada.client.approvals.answer({
    id: asked.id,
    digest: asked.digest,
    answer: { kind: 'allow-once', edited: null },
  });
  expect(await done).toMatchObject({ content: [{ type: 'text', text: 'echo:hello' }] });
  expect(ran()).toEqual([{ text: 'hello' }]);
  const record = await ada.until('the record', ({ calls }) => Object.values(calls).at(-1));
  expect(await ada.client.calls.detail({ id: record.id })).toMatchObject({
    status: 'answered',
    path: 'legacy',
    transport: 'websocket',
    decision: { effect: 'allow', by: 'person' },
  });
});

test('the next is asked about as well, and can be denied, but not be allowed for longer', async () => {
  const done = call('again');
  const { id, digest, before } = await question('again');
  expect(before).toEqual({ allowed: 1, denied: 0 });
  await expect(
    ada.client.approvals.answer({ id, digest, answer: { kind: 'allow-always', limits: null } }),
  ).rejects.toMatchObject({ code: 'INVALID' });
  await ada.client.approvals.answer({ id, digest, answer: { kind: 'deny', always: false, reason: null } });
  await expect(done).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('denied here'),
  });
  expect(ran()).toHaveLength(1);
  expect(ada.state?.rules).toEqual({});
});

test('a call that waits is withdrawn when everything is stopped', async () => {
  const done = call('stop me');
  await question('stop me');
  // It ends before all is stopped.
  const ended = expect(done).rejects.toMatchObject({ code: 'STOPPED' });
  await ada.client.host.stopAll();
  await ended;
  await ada.until('the question to go', ({ approvals }) => Object.keys(approvals).length === 0);
  expect(ran()).toHaveLength(1);
});

test('what has once spoken Gatehouse gets no link in plain text, though the records of the peer allow it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-once-'));
  const records = await openRecords({ dataDir, defaultName: 'Bea' });
  const known = { ...blankPeer(peerId), trust: 'known', addresses: [dawn.address] } as const;
  records.peers.put({ ...known, legacyAllowed: true });
  records.gatehouses.add(peerId);
  await records.close();
  const bea = await TestHost.start('Bea', dataDir, {
    transport: 'websocket',
    webSocketListen: ['127.0.0.1:0'],
  });
  try {
    const peer = await bea.until('a refusal', ({ peers }) =>
      peers[peerId]?.transports.some(({ lastError }) => lastError?.includes('without encryption'))
        ? peers[peerId]
        : null,
    );
    expect(peer).toMatchObject({ legacy: 'not-needed', links: [] });
  } finally {
    await bea.stop();
  }
});
