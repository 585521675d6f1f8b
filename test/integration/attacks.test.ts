/** What a peer may try at the gate of a real host: each is refused, recorded, and shown. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CallView } from '../../shared/calls.ts';
import { RpcCode } from '../../shared/errors.ts';
import { allowOnce, denyOnce, type ApprovalView } from '../../shared/gate.ts';
import { AgentName } from '../../shared/ids.ts';
import { plainRule, type NewRule } from '../../shared/rules.ts';
import { TICKET_META } from '../../shared/wire.ts';
import { fixture } from './agents-fixture.ts';
import { BarePeer, type RawStream } from '../fixtures/bare-peer.ts';
import { TestHost } from '../fixtures/test-host.ts';

const agent = AgentName.parse('shifty');
const { pin: _, ...anything } = plainRule;
let host: TestHost;
let peer: BarePeer;
let stream: RawStream;
let lastId = 0;

const allow = (tool: string, more: Partial<NewRule> = {}): Promise<unknown> =>
  host.client.rules.add({ ...anything, peerId: peer.peerId, agent, tool, effect: 'allow', ...more });

/** Sends a call and resolves with its id. */
function send(tool: string, args: Record<string, unknown>, meta: Record<string, unknown> = {}): string {
  lastId += 1;
  const id = `call-${lastId}`;
  stream.request(id, 'tools/call', { name: tool, arguments: args, _meta: meta });
  return id;
}
const answerTo = (id: string): Promise<Record<string, unknown> | null> =>
  stream.next((line) => line['id'] === id);
const asked = (about: string): Promise<ApprovalView> =>
  host.until(`the question about ${about}`, ({ approvals }) =>
    Object.values(approvals).find(({ arguments: given }) =>
      given.some(({ preview }) => preview.includes(about)),
    ),
  );

/** The newest call in the records, which is also the newest that is shown. */
async function newest(): Promise<CallView> {
  const [call] = await host.client.calls.page({ limit: 1 });
  if (call === undefined) throw new Error('nothing is recorded');
  await host.until('it to be shown', ({ calls }) => calls[String(call.id)]?.status === call.status);
  return call;
}

async function expectRefused(id: string, code: number, reason: string): Promise<CallView> {
  expect(await answerTo(id)).toMatchObject({ error: { code, data: { reason } } });
  const call = await newest();
  expect(call).toMatchObject({ status: 'refused', errorCode: code, decision: { effect: 'deny' } });
  return call;
}

beforeAll(async () => {
  [host, peer] = await Promise.all([TestHost.start('Ada'), BarePeer.start()]);
  await host.addAgent('shifty', {
    kind: 'stdio',
    command: process.execPath,
    args: [fixture('shifts-its-shape')],
    env: {},
    cwd: null,
  });
  await peer.network.dial(host.address(), { signal: AbortSignal.timeout(30_000) });
  await host.until('the peer', (state) => state.peers[peer.peerId]);
  await host.client.contacts.accept({ peerId: peer.peerId, alias: 'Mallory' });
  stream = await peer.open(host.peerId, agent);
  await allow('shift');
}, 60_000);

afterAll(async () => {
  await Promise.all([host.stop(), peer.stop()]);
}, 60_000);

/** What still waits is none of the next test's business. */
afterEach(async () => {
  for (const { id, digest } of Object.values(host.state?.approvals ?? {})) {
    await host.client.approvals.answer({ id, digest, answer: denyOnce }).catch(() => undefined);
  }
  await host.until('no questions', ({ approvals }) => Object.keys(approvals).length === 0);
});

describe('an approval', () => {
  test('runs what was shown, whatever is sent under the same id meanwhile', async () => {
    const id = send('write', { path: '/shared/harmless' });
    const question = await asked('harmless');
    stream.request(id, 'tools/call', { name: 'write', arguments: { path: '/etc/passwd' } });
    expect(await answerTo(id)).toMatchObject({ error: { code: RpcCode.invalidRequest } });
    await host.client.approvals.answer({ id: question.id, digest: question.digest, answer: allowOnce });
    const answer = await answerTo(id);
    expect(answer).toMatchObject({ result: { content: [{ text: '{"path":"/shared/harmless"}' }] } });
  });

  test('is used once: the same call again is asked about again, and the old answer is worth nothing', async () => {
    const first = send('write', { path: '/shared/once' });
    const question = await asked('/shared/once');
    await host.client.approvals.answer({ id: question.id, digest: question.digest, answer: allowOnce });
    await answerTo(first);
    const again = send('write', { path: '/shared/once' });
    const second = await host.until('another question', ({ approvals }) =>
      Object.values(approvals).find(({ id }) => id !== question.id),
    );
    expect(second.digest).toBe(question.digest);
    const replay = host.client.approvals.answer({
      id: question.id,
      digest: question.digest,
      answer: allowOnce,
    });
    await expect(replay).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await host.client.approvals.answer({ id: second.id, digest: second.digest, answer: denyOnce });
    await expectRefused(again, RpcCode.denied, 'denied-by-person');
  });

  test('is not to be had by asking for too many: the ninth question is refused', async () => {
    const ids = Array.from({ length: 9 }, (_none, n) => send('write', { path: `/flood/${n}` }));
    await host.until('eight questions', ({ approvals }) => Object.keys(approvals).length === 8);
    await expectRefused(ids.at(-1) ?? '', RpcCode.busy, 'too-many-questions');
    expect(Object.keys(host.state?.approvals ?? {})).toHaveLength(8);
  });
});

describe('a ticket', () => {
  test('names one call: a second one under it is refused', async () => {
    const ticket = 'A'.repeat(22);
    const first = send('write', { path: '/shared/ticket' }, { [TICKET_META]: ticket });
    await asked('/shared/ticket');
    const second = send('write', { path: '/shared/ticket' }, { [TICKET_META]: ticket });
    expect(await answerTo(second)).toMatchObject({ error: { code: RpcCode.invalidParams } });
    expect(await newest()).toMatchObject({ status: 'refused', decision: { effect: 'deny', by: 'limits' } });
    const question = await asked('/shared/ticket');
    await host.client.approvals.answer({ id: question.id, digest: question.digest, answer: denyOnce });
    await answerTo(first);
  });
});

describe('a tool that is no longer what it was', () => {
  beforeAll(async () => {
    await allow('read');
    expect(await answerTo(send('read', { path: 'granted' }))).toMatchObject({ result: {} });
  });
  const shift = async (to: string): Promise<void> => {
    const before = host.state?.agents['shifty']?.tools.map(({ pin }) => pin).join();
    await answerTo(send('shift', { to }));
    await host.until('its tools to change', ({ agents }) => {
      return agents['shifty']?.tools.map(({ pin }) => pin).join() !== before;
    });
  };

  test('with another name is a new one, and its old name is gone', async () => {
    await shift('renamed');
    await expectRefused(send('read', { path: 'old name' }), RpcCode.invalidParams, 'unknown-tool');
    const id = send('read_file', { path: 'new name' });
    const question = await asked('new name');
    expect(question).toMatchObject({ tool: 'read_file', before: { allowed: 0 } });
    await host.client.approvals.answer({ id: question.id, digest: question.digest, answer: denyOnce });
    await expectRefused(id, RpcCode.denied, 'denied-by-person');
    await shift('as granted');
  });

  test('with other annotations is asked about, with the difference', async () => {
    await shift('destructive');
    const id = send('read', { path: 'changed' });
    const question = await asked('changed');
    expect(question).toMatchObject({ toolChanged: true, risk: 'destroys' });
    const { lines } = await host.client.approvals.definition({ id: question.id });
    expect(lines?.filter(({ kind }) => kind === 'added').map(({ text }) => text.trim())).toContainEqual(
      expect.stringContaining('"destructiveHint": true'),
    );
    await host.client.approvals.answer({ id: question.id, digest: question.digest, answer: denyOnce });
    await expectRefused(id, RpcCode.denied, 'denied-by-person');
    await shift('as granted');
    expect(await answerTo(send('read', { path: 'as before' }))).toMatchObject({ result: {} });
  });
});

describe('arguments', () => {
  beforeAll(async () => {
    await allow('write', { arguments: [{ kind: 'path', at: '/path', glob: '/home/ada/shared/**' }] });
    expect(await answerTo(send('write', { path: '/home/ada/shared/notes/../notes.md' }))).toMatchObject({
      result: {},
    });
  });

  test.each([
    ['climbing out', '/home/ada/shared/../../../etc/passwd'],
    ['climbing out at the end', '/home/ada/shared/..'],
    ['a neighbour of the same beginning', '/home/ada/shared-not'],
    ['not absolute', 'home/ada/shared/x'],
    ['percent-escapes', '/home/ada/shared/%2e%2e/%2e%2e/x'],
    ['backslashes', '/home/ada/shared/..\\..\\x'],
    ['a null character', '/home/ada/shared/x\u0000.md'],
    ['a zero-width space', '/home/ada/shared\u200b/x'],
    ['writing direction', '/home/ada/shared/\u202egnp.exe'],
    ['not in composed form', '/home/ada/shared/cafe\u0301'],
    ['a list instead of a text', ['/home/ada/shared/x']],
  ])('that are not what the rule allows are asked about: %s', async (_name, path) => {
    const id = send('write', { path });
    const question = await host.until('the question', ({ approvals }) => Object.values(approvals)[0]);
    await host.client.approvals.answer({ id: question.id, digest: question.digest, answer: denyOnce });
    await expectRefused(id, RpcCode.denied, 'denied-by-person');
  });

  test.each([200, 5000, 8000])('nested too deeply to be shown are refused: %d times', async (depth) => {
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    stream.send(
      `{"jsonrpc":"2.0","id":"deep ${depth}","method":"tools/call","params":{"name":"write","arguments":{"path":"/x","nested":${nested}}}}`,
    );
    await expectRefused(`deep ${depth}`, RpcCode.invalidParams, 'bad-message');
  });

  test('longer than a message may be end the stream, and nobody else is harmed', async () => {
    const other = await peer.open(host.peerId, agent);
    other.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'x', arguments: { x: 'x'.repeat(9 * 1024 * 1024) } },
      }),
    );
    while ((await other.next()) !== null);
    expect(await answerTo(send('read', { path: 'still here' }))).toMatchObject({ result: {} });
  });
});

describe('arguments that a rule denies', () => {
  beforeAll(async () => {
    await host.client.rules.add({
      ...anything,
      peerId: peer.peerId,
      agent,
      tool: 'write',
      effect: 'deny',
      arguments: [{ kind: 'prefix', at: '/path', prefix: '/home/ada/.ssh' }],
    });
  });

  test.each([
    ['in plain', '/home/ada/.ssh/id'],
    ['with something invisible in between', '/home/ada/.s\u200bsh/id'],
    ['as another type', { toString: '/home/ada/.ssh/id' }],
  ])('are denied unasked: %s', async (_name, path) => {
    const call = await expectRefused(send('write', { path }), RpcCode.denied, 'denied-by-rule');
    expect(call.decision).toMatchObject({ by: 'rule', ruleId: expect.any(String) });
  });
});

describe('names', () => {
  test('that only look like a tool are no tool', async () => {
    for (const name of ['re\u200bad', 'read\u0000', 'ｒead', 'rеad', 'read ']) {
      const call = await expectRefused(send(name, {}), RpcCode.invalidParams, 'unknown-tool');
      expect(call.tool).toBe(name);
    }
  });
});
