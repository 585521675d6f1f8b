/** What Gatehouse is for: a peer calls my agent's tool, I approve it, it answers. Two real hosts, by command line. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentView } from '../../shared/agents.ts';
import { CallView } from '../../shared/calls.ts';
import { ApprovalView } from '../../shared/gate.ts';
import { RuleView } from '../../shared/rules.ts';
import { PeerView } from '../../shared/peers.ts';
import { Serving } from '../fixtures/serving.ts';
import type { Running } from '../fixtures/serving.ts';

const everything = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist',
  'index.js',
);

const Peers = z.array(PeerView.extend({ id: z.string() }));
const Agents = z.array(AgentView.extend({ id: z.string() }));
const Approvals = z.array(ApprovalView);
const Calls = z.array(CallView);
const Result = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
});
const ErrorLine = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) });

let root: string;
let a: Serving;
let b: Serving;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-two-hosts-'));
  a = new Serving(root, 'a');
  b = new Serving(root, 'b');
  await Promise.all([a.start('--name', 'Ada'), b.start('--name', 'Ben')]);
});

afterAll(async () => {
  await Promise.all([a.end('SIGTERM'), b.end('SIGTERM')]);
  await rm(root, { recursive: true, force: true });
});

const echo = (message: string): Running =>
  b.run('call', a.peerId, 'everything', 'echo', JSON.stringify({ message }));

/** The question that waits at A, once there is one. */
async function question(): Promise<ApprovalView> {
  const waiting = await expect
    .poll(() => a.ask(Approvals, 'approvals'), { timeout: 20_000 })
    .toHaveLength(1)
    .then(() => a.ask(Approvals, 'approvals'));
  const [only] = waiting;
  if (only === undefined) throw new Error('The question is gone.');
  return only;
}

it('writes the way to the running host into a file that only its owner can read', async () => {
  const file = join(a.dataDir, 'endpoint.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const endpoint: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(endpoint).toMatchObject({ peerId: a.peerId, pid: a.pid });
  expect(
    await b.ask(z.strictObject({ peerId: z.string(), did: z.string(), dawnNodeId: z.string() }), 'id'),
  ).toMatchObject({
    peerId: b.peerId,
  });
});

it('refuses a second host on the same data', async () => {
  const { code, err } = await a.code('serve', '--port', '0', '--no-mdns');
  expect(code).toBe(1);
  expect(err).toContain('already runs');
});

it('shows a command before it runs, and runs nothing that nobody confirmed', async () => {
  const without = await a.code(
    'agents',
    'add',
    '--name',
    'everything',
    '--',
    process.execPath,
    everything,
    'stdio',
  );
  expect(without.code).toBe(2);
  expect(await a.ask(Agents, 'agents', 'list')).toEqual([]);
  const added = await a.code(
    'agents',
    'add',
    '--name',
    'everything',
    '--yes',
    '--',
    process.execPath,
    everything,
    'stdio',
  );
  expect(added).toMatchObject({ code: 0 });
  expect(added.err).toContain(everything);
  const [agent] = await a.ask(Agents, 'agents', 'list');
  expect(agent).toMatchObject({ id: 'everything', state: 'running' });
  expect(agent?.tools.map((tool) => tool.name)).toContain('echo');
});

it('denies an unknown peer, and leaves one request', async () => {
  const dialled = await b.ask(PeerView.extend({ id: z.string() }), 'dial', a.address);
  expect(dialled.id).toBe(a.peerId);
  for (let i = 0; i < 2; i += 1) {
    const { code, out, err } = await echo('let me in').done;
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err.trim().split('\n')).toHaveLength(1);
  }
  const peers = await a.ask(Peers, 'peers');
  expect(peers).toHaveLength(1);
  expect(peers[0]).toMatchObject({
    id: b.peerId,
    trust: 'unknown',
    request: { attempts: expect.any(Number) },
  });
});

it('accepts a contact by the end of its id, and gives it a name', async () => {
  const accepted = await a.code('contacts', 'accept', b.peerId.slice(-6), '--alias', 'Ben');
  expect(accepted).toMatchObject({ code: 0 });
  const [peer] = await a.ask(Peers, 'contacts');
  expect(peer).toMatchObject({ id: b.peerId, alias: 'Ben', trust: 'known', request: null });
});

it('lists the tools of the agent at the other side', async () => {
  const tools = await b.ask(z.array(z.looseObject({ id: z.string() })), 'tools', a.peerId, 'everything');
  expect(tools.map((tool) => tool.id)).toContain('echo');
});

it('lets a call wait for the person, runs what was shown, and prints the answer', async () => {
  const call = echo('hello from B');
  await call.printed('Waiting for the person');
  const asked = await question();
  expect(asked).toMatchObject({ peerId: b.peerId, agent: 'everything', tool: 'echo' });
  expect(asked.arguments).toMatchObject([{ name: 'message', preview: '"hello from B"' }]);
  const approved = await a.code('approve', asked.id);
  expect(approved.code).toBe(0);
  expect(approved.out).toContain('Ben wants to use everything > echo');
  const answer = await call.done;
  expect({ code: answer.code, out: answer.out.trim() }).toEqual({ code: 0, out: 'Echo: hello from B' });
  expect(answer.err.trim().split('\n')).toHaveLength(1);

  const [newest] = await a.ask(Calls, 'calls');
  expect(newest).toMatchObject({
    direction: 'in',
    peerId: b.peerId,
    agent: 'everything',
    tool: 'echo',
    status: 'answered',
    decision: { effect: 'allow', by: 'person' },
    toolError: false,
  });
  expect(newest?.waitMs).toBeGreaterThan(0);
  expect((await b.ask(Calls, 'calls'))[0]).toMatchObject({ direction: 'out', status: 'answered' });
  const again = await a.code('approve', asked.id);
  expect(again.code).toBe(1);
});

it('tells the caller that the person said no', async () => {
  const call = echo('may I?');
  const { id } = await question();
  expect(await a.code('deny', id)).toMatchObject({ code: 0 });
  const answer = await call.done;
  expect({ code: answer.code, out: answer.out }).toEqual({ code: 4, out: '' });
  expect((await a.ask(Calls, 'calls'))[0]).toMatchObject({
    status: 'refused',
    decision: { effect: 'deny', by: 'person' },
  });
});

it('asks no more for as long as it was told to, and asks again when the rule is removed', async () => {
  const first = echo('one');
  await a.code('approve', (await question()).id, '--for', '10m');
  expect((await first.done).code).toBe(0);
  const result = await b.ask(Result, 'call', a.peerId, 'everything', 'echo', '{"message":"two"}');
  expect(result.content[0]?.text).toBe('Echo: two');
  const rules = (): Promise<RuleView[]> => a.ask(z.array(RuleView), 'rules');
  await expect.poll(rules, { timeout: 20_000 }).toMatchObject([{ effect: 'allow', tool: 'echo', uses: 1 }]);
  const [rule] = await rules();
  expect(await a.code('rules', 'remove', rule?.id ?? '')).toMatchObject({ code: 0 });
  const last = echo('three');
  await a.code('deny', (await question()).id);
  expect((await last.done).code).toBe(4);
});

it('withdraws the question when the caller gives up', async () => {
  const call = echo('never mind');
  await question();
  call.child.kill('SIGINT');
  expect((await call.done).code).toBe(130);
  await expect.poll(() => a.ask(Approvals, 'approvals'), { timeout: 20_000 }).toEqual([]);
});

it('says what is wrong, in one line and with a code', async () => {
  const bad = await b.code('--json', 'call', a.peerId, 'everything', 'echo', 'not json');
  expect(bad.code).toBe(2);
  expect(ErrorLine.parse(JSON.parse(bad.err)).error.code).toBe('USAGE');
  const nowhere = await b.code(
    '--json',
    'dial',
    `/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp`,
  );
  expect(nowhere.code).toBe(7);
  expect(ErrorLine.parse(JSON.parse(nowhere.err)).error.code).toBe('UNREACHABLE');
});

it('tells a tool that failed from a call that failed', async () => {
  const call = b.run('--json', 'call', a.peerId, 'everything', 'echo', '{}');
  await a.code('approve', (await question()).id);
  const { code, out } = await call.done;
  expect(code).toBe(6);
  expect(Result.parse(JSON.parse(out))).toMatchObject({ isError: true });
});

it('follows calls as they come', async () => {
  const follow = a.run('--json', 'calls', '--follow');
  const call = echo('followed');
  await follow.printed('"status":"waiting"');
  await a.code('approve', (await question()).id);
  await call.done;
  await follow.printed('"status":"answered"');
  follow.child.kill('SIGINT');
  expect((await follow.done).code).toBe(130);
});

it('keeps its records, contacts and agents through kill -9, and is reached again', async () => {
  const before = await a.ask(Calls, 'calls');
  const call = echo('in the middle');
  const { callId } = await question();
  await a.end('SIGKILL');
  const lost = await call.done;
  expect(lost.code).toBe(7);
  expect(lost.out).toBe('');

  const leftover = await a.code('status');
  expect(leftover.code).toBe(3);
  expect(leftover.err).toContain('left over');
  await a.start();
  const after = await a.ask(Calls, 'calls');
  expect(after).toHaveLength(before.length + 1);
  expect(after.find((one) => one.id === callId)?.status).not.toMatch(/^(received|waiting|running|answered)$/);
  expect((await a.ask(Peers, 'contacts'))[0]).toMatchObject({ id: b.peerId, alias: 'Ben' });
  await expect
    .poll(async () => (await a.ask(Agents, 'agents'))[0]?.state, { timeout: 20_000 })
    .toBe('running');

  const again = echo('back again');
  await a.code('approve', (await question()).id);
  expect(await again.done).toMatchObject({ code: 0, out: 'Echo: back again\n' });
});

it('stops everything at once, and runs again', async () => {
  const call = echo('too late');
  await question();
  expect(await a.code('stop-all')).toMatchObject({ code: 0 });
  expect([4, 7]).toContain((await call.done).code);
  expect((await a.ask(Agents, 'agents'))[0]?.state).toBe('stopped');
  expect(await a.code('resume')).toMatchObject({ code: 0 });
});

it('stops cleanly on a signal, and leaves no way to a host that is gone', async () => {
  expect(await b.end('SIGINT')).toBe(0);
  await expect(stat(join(b.dataDir, 'endpoint.json'))).rejects.toThrow('ENOENT');
  const { code, err } = await b.code('status');
  expect(code).toBe(3);
  expect(err).toContain('gatehouse serve');
});
