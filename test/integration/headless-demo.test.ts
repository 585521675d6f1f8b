/** The demo: real hosts and real agents that exist on this machine only, and only as long as the program runs. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentView } from '../../shared/agents.ts';
import { CallView } from '../../shared/calls.ts';
import { ApprovalView } from '../../shared/gate.ts';
import { RuleView } from '../../shared/rules.ts';
import { PeerView } from '../../shared/peers.ts';
import { Serving, entry } from '../fixtures/serving.ts';

let root: string;
let host: Serving;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-demo-test-'));
});
afterEach(async () => {
  await host.end('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

const Peers = z.array(PeerView.extend({ id: z.string() }));

/** Processes that name the folder of this test on their command line: the peers and their agents. */
async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(root);
    } catch {
      return false;
    }
  });
}

/** Starts the demo with its folders below ours, and names its data directory for the other commands. */
async function startDemo(): Promise<void> {
  const demo = new Serving(root, 'unused');
  host = demo;
  demo.env = { TMPDIR: root };
  await demo.start('--demo');
  const [folder = ''] = (await readdir(root)).filter((name) => name.startsWith('gatehouse-demo-'));
  demo.dataDir = join(root, folder, 'you');
}

/** Waits until the calls show all of these, and gives them. */
async function untilCalls(kinds: readonly Record<string, unknown>[]): Promise<CallView[]> {
  let calls: CallView[] = [];
  await expect
    .poll(
      async () => {
        calls = await host.ask(z.array(CallView), 'calls');
        return calls;
      },
      { timeout: 50_000 },
    )
    .toEqual(expect.arrayContaining(kinds.map(like)));
  return calls;
}

const like = (kind: Record<string, unknown>): unknown =>
  expect.objectContaining(
    'decision' in kind ? { ...kind, decision: expect.objectContaining(kind['decision']) } : kind,
  );

const agent = (name: string): unknown => expect.objectContaining({ name });

const isLinux = process.platform === 'linux';

it.runIf(isLinux)(
  'gives life to every page, touches no data of the person, and is gone when it is stopped',
  async () => {
    await startDemo();
    await expect
      .poll(() => host.ask(Peers, 'peers'), { timeout: 40_000 })
      .toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            alias: 'Ada (demo)',
            trust: 'known',
            state: 'connected',
            agents: [agent('memory')],
          }),
          expect.objectContaining({
            alias: 'Ben (demo)',
            trust: 'known',
            state: 'connected',
            agents: [agent('files')],
          }),
        ]),
      );
    expect(await host.ask(z.array(AgentView.extend({ id: z.string() })), 'agents')).toMatchObject([
      { id: 'everything', state: 'running' },
    ]);
    const inbound = await untilCalls([
      { direction: 'in', status: 'answered', decision: { effect: 'allow', by: 'person' } },
      { direction: 'in', status: 'answered', decision: { effect: 'allow', by: 'rule' } },
      { direction: 'in', status: 'waiting' },
      { direction: 'out', status: 'answered', decision: { effect: 'allow', by: 'theirs' } },
      { direction: 'out', status: 'refused', decision: { effect: 'deny', by: 'theirs' } },
    ]);
    // Only the one harmless tool is called without asking, and only by the one peer.
    const allowed = inbound.filter((call) => call.direction === 'in' && call.status === 'answered');
    expect(new Set(allowed.map(({ tool }) => tool))).toEqual(new Set(['get-sum']));
    expect(await host.ask(z.array(RuleView), 'rules')).toMatchObject([
      { effect: 'allow', agent: 'everything', tool: 'get-sum', untilQuit: true, peerId: allowed[0]?.peerId },
    ]);
    const waiting = await host.ask(z.array(ApprovalView), 'approvals');
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.length).toBeLessThanOrEqual(3);
    expect(waiting.every(({ tool }) => tool !== 'get-sum')).toBe(true);
    expect(existsSync(join(root, 'unused'))).toBe(false);
    expect(await host.end('SIGTERM')).toBe(0);
    expect(await processes()).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  },
  120_000,
);

it.runIf(isLinux)(
  'is gone as well when the program is killed',
  async () => {
    await startDemo();
    await expect.poll(() => host.ask(Peers, 'peers'), { timeout: 40_000 }).toHaveLength(2);
    await host.end('SIGKILL');
    await expect.poll(processes, { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => readdir(root), { timeout: 20_000 }).toEqual([]);
  },
  120_000,
);

it('brings an agent of its own for copies without the real ones', async () => {
  host = new Serving(root, 'unused');
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [entry, 'demo-agent'] }));
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(['tell_time', 'add', 'note_down']);
  const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
  expect(sum.content).toEqual([{ type: 'text', text: '5' }]);
  await client.close();
});
