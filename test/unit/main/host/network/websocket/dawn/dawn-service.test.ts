import { describe, expect, it, vi } from 'vitest';
import { RpcCode, rpcError } from '../../../../../../../shared/errors.ts';
import { AgentName, PeerId } from '../../../../../../../shared/ids.ts';
import { STAGE_META } from '../../../../../../../shared/wire.ts';
import { describeAgent } from '../../../../../../../main/host/identity/index.ts';
import type { MessageChannel, NetworkHandlers } from '../../../../../../../main/host/network/index.ts';
import type { LinkConnection } from '../../../../../../../main/host/network/transport.ts';
import {
  DawnMethodError,
  type DawnCaller,
} from '../../../../../../../main/host/network/websocket/dawn-methods.ts';
import type { KeptCallsOptions } from '../../../../../../../main/host/network/websocket/dawn/kept-calls.ts';
import { DawnService } from '../../../../../../../main/host/network/websocket/dawn/dawn-service.ts';

type Json = Record<string, unknown>;
const NODE = 'ab'.repeat(32);
const PEER = PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR');
const CALLER_NODE = 'cd'.repeat(32);

const cardOf = (name: string): unknown => ({
  ...describeAgent(
    {
      name: AgentName.parse(name),
      description: `The agent ${name}`,
      version: '1.2.3',
      tags: [],
      tools: [{ name: 'add', title: null, description: 'Adds', pin: '0'.repeat(64) }],
    },
    { peerId: PEER, sequence: 1, expires: new Date(Date.now() + 60_000) },
  ),
  signatures: [],
});

/** An MCP server in the test's hands: what it was asked, and the means to answer. */
class Agent {
  readonly asked: Json[] = [];
  readonly notified: Json[] = [];
  channel: MessageChannel | null = null;
  closed = 0;
  opened = 0;
  /** Undefined: the test answers itself. */
  answer: (request: Json) => Json | undefined = () => ({ result: {} });

  take(channel: MessageChannel): void {
    this.channel = channel;
    this.opened += 1;
    channel.onClose = () => (this.closed += 1);
    channel.onLine = (line) => {
      const message = JSON.parse(line) as Json;
      if (message['id'] === undefined) {
        this.notified.push(message);
        return;
      }
      if (message['method'] === 'initialize') {
        this.say(message, { result: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} } });
        return;
      }
      this.asked.push(message);
      const answer = this.answer(message);
      if (answer !== undefined) this.say(message, answer);
    };
  }

  say(request: Json, answer: Json): void {
    this.channel?.send(JSON.stringify({ jsonrpc: '2.0', id: request['id'], ...answer }));
  }

  stage(request: Json, stage: string): void {
    const { _meta } = request['params'] as { _meta: { progressToken: number } };
    const params = { progressToken: _meta.progressToken, progress: 1, _meta: { [STAGE_META]: { stage } } };
    this.channel?.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
  }
}

interface Setup {
  readonly contact?: boolean;
  readonly mcp?: NetworkHandlers['mcp'];
  readonly options?: KeptCallsOptions;
}

function serving({ contact = true, mcp, options }: Setup = {}) {
  const agent = new Agent();
  const gossiped: unknown[] = [];
  const service = new DawnService(
    {
      nodeId: NODE,
      handlers: {
        cards: () => ({ name: 'me', contact, cards: [cardOf('files'), { not: 'a card' }] }),
        mcp: mcp ?? (() => ({ take: (channel) => agent.take(channel) })),
        isContact: () => contact,
      },
      addresses: () => ['ws://127.0.0.1:8000', 'ws://192.168.7.7:8000#12D3Koo'],
      peers: () => [
        { node_id: CALLER_NODE, address: 'ws://10.0.0.1:8000' },
        ...Array.from({ length: 80 }, (_, at) => ({ node_id: `${at}`, address: `ws://10.0.1.${at}:8000` })),
      ],
      linked: () => 3,
      gossip: (from, announcement) => gossiped.push([from, announcement]),
    },
    options,
  );
  const connection = {} as LinkConnection;
  const caller: DawnCaller = {
    ...{ peerId: PEER, nodeId: CALLER_NODE, connection },
    ...{ speaksGatehouse: false, leaving: false },
  };
  const gone = new AbortController();
  const now = { leaving: false };
  const call = async (method: string, params: unknown = {}): Promise<unknown> =>
    await service.call({ ...caller, ...now }, method, params, gone.signal);
  const ofAgent = (method: string, params: unknown = {}): Promise<unknown> =>
    call(`${NODE}:files/${method}`, params);
  return { agent, service, caller, connection, gone, call, ofAgent, gossiped, now };
}

const failure = async (call: Promise<unknown>): Promise<DawnMethodError> => {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DawnMethodError)) throw new Error('It did not fail as Dawn fails.');
  return error;
};

describe("a node's methods", () => {
  it('say who we are in the shape of Dawn', async () => {
    const { call } = serving();
    expect(await call('node/get_info')).toEqual({
      node_id: NODE,
      address: 'ws://192.168.7.7:8000',
      agents: ['files'],
      peer_count: 3,
    });
  });

  it('describe the agents that the peer may see', async () => {
    const { call } = serving();
    const now = Date.now() / 1000;
    expect(await call('node/list_agents')).toEqual({
      agents: [
        {
          agent_id: `${NODE}:files`,
          node_id: NODE,
          local_agent_id: 'files',
          name: 'files',
          description: 'The agent files',
          tools: [{ name: 'add', description: 'Adds', inputSchema: { type: 'object' } }],
          resources: [],
          prompts: [],
          metadata: { version: '1.2.3' },
          registered_at: expect.closeTo(now, -1) as number,
          last_seen: expect.closeTo(now, -1) as number,
          available: true,
          health_score: 1,
        },
      ],
    });
  });

  it('describe the arguments of tools to contacts, where the agent says them in time', async () => {
    const inputSchema = { type: 'object', properties: { a: { type: 'number' } } };
    const tools = [{ name: 'add', inputSchema }, 7, { name: 'x', inputSchema: { long: 'x'.repeat(20_000) } }];
    const { call, agent } = serving();
    agent.answer = () => ({ result: { tools } });
    const schema = ['agents', 0, 'tools', 0, 'inputSchema'];
    expect(await call('node/list_agents')).toHaveProperty(schema, inputSchema);
    await call('node/list_agents');
    expect(agent.asked).toHaveLength(1);
    // Strangers are shown cards, and that is all: the question would count as a call of theirs.
    const stranger = serving({ contact: false });
    expect(await stranger.call('node/list_agents')).toHaveProperty(schema, { type: 'object' });
    expect(stranger.agent.opened).toBe(0);
    const slow = serving();
    slow.agent.answer = () => undefined;
    expect(await slow.call('node/list_agents')).toHaveProperty(schema, { type: 'object' });
  });

  it('name other peers to contacts only, and so many', async () => {
    const { peers } = (await serving().call('node/list_peers')) as { peers: Json[] };
    expect(peers).toHaveLength(50);
    expect(peers.some((peer) => peer['node_id'] === CALLER_NODE)).toBe(false);
    expect(await serving({ contact: false }).call('node/list_peers')).toEqual({ peers: [] });
    expect(await serving({ contact: false }).call('node/get_info')).toMatchObject({ peer_count: 0 });
  });

  it('are answered so often, and no more', async () => {
    const { call } = serving();
    for (let at = 0; at < 120; at += 1) await call('node/list_peers');
    const error = await failure(call('node/list_peers'));
    expect(error.code).toBe(-32005);
    expect(error.data).toMatchObject({ retry_after: 60 });
  });

  it.each(['node/nope', 'tools/list', '', 'chat/message', `${NODE}:files`, `${NODE}:files/tools/nope`])(
    'are not %s',
    async (method) => {
      expect((await failure(serving().call(method))).code).toBe(-32601);
    },
  );

  it('pass no calls on to other nodes', async () => {
    const { call, agent } = serving();
    const error = await failure(call(`${CALLER_NODE}:files/tools/call`, { name: 'add' }));
    expect(error).toMatchObject({ code: -32601 });
    expect(agent.opened).toBe(0);
  });
});

describe("an agent's methods", () => {
  it('reach the agent as MCP, over one session', async () => {
    const { ofAgent, agent } = serving();
    agent.answer = ({ method, params }) => ({ result: { method, params } });
    const call = { name: 'add', arguments: { a: 1 }, _meta: { progressToken: 'mine' }, more: 1 };
    expect(await ofAgent('tools/call', call)).toMatchObject({
      method: 'tools/call',
      params: { name: 'add', arguments: { a: 1 } },
    });
    expect(await ofAgent('resources/read', { uri: 'x:1' })).toMatchObject({ params: { uri: 'x:1' } });
    expect(await ofAgent('prompts/get', { name: 'p' })).toMatchObject({ method: 'prompts/get' });
    expect(agent.opened).toBe(1);
    expect(agent.asked[0]?.['params']).not.toHaveProperty('more');
    expect(agent.notified.map(({ method }) => method)).toEqual(['notifications/initialized']);
  });

  it('put the pages of a list together', async () => {
    const { ofAgent, agent } = serving();
    agent.answer = ({ params }) => {
      const { cursor } = params as { cursor?: string };
      return cursor === undefined
        ? { result: { tools: [{ name: 'a' }], nextCursor: '2' } }
        : { result: { tools: [{ name: 'b' }] } };
    };
    expect(await ofAgent('tools/list')).toEqual({ tools: [{ name: 'a' }, { name: 'b' }] });
    agent.answer = () => ({ result: { tools: [{ name: 'a' }], nextCursor: 'for ever' } });
    expect((await ofAgent('tools/list')) as object).toHaveProperty('tools.length', 20);
  });

  it.each([
    [rpcError(RpcCode.denied, 'denied-by-rule', 'no'), -32001, { reason: 'denied-by-rule', code: -32060 }],
    [rpcError(RpcCode.expired, 'expired', 'no'), -32001, { reason: 'expired', code: -32061 }],
    [rpcError(RpcCode.busy, 'too-many-calls', 'no'), -32005, { code: -32065, retry_after: 5 }],
    [rpcError(RpcCode.overBudget, 'too-many-calls', 'no', { retry_after: 9 }), -32005, { retry_after: 9 }],
    [rpcError(RpcCode.stopped, 'stopped', 'no'), -32001, { code: -32063 }],
    [rpcError(RpcCode.unavailable, 'unknown-agent', 'no'), -32601, { reason: 'unknown-agent' }],
    [rpcError(RpcCode.unavailable, 'agent-died', 'no'), -32603, { code: -32064 }],
    [rpcError(RpcCode.invalidParams, 'unknown-tool', 'no'), -32603, { code: -32602 }],
    [{ code: -32000, message: 'no', data: [1] }, -32603, { code: -32000, data: [1] }],
  ])('fail with the errors of Dawn: %o', async (error, code, data) => {
    const fromAgent = serving();
    fromAgent.agent.answer = () => ({ error });
    expect(await failure(fromAgent.ofAgent('tools/call', { name: 'x' }))).toMatchObject({ code, data });
    // And so where the session itself is refused.
    const refused = serving({ mcp: () => ({ error }) as ReturnType<NetworkHandlers['mcp']> });
    expect(await failure(refused.ofAgent('tools/call', { name: 'x' }))).toMatchObject({ code, data });
  });

  it.each(['..', 'a b', 'x'.repeat(41), '', '__proto__', 'constructor'])(
    'know no agent called %s',
    async (name) => {
      const { call } = serving({
        mcp: () => ({ error: rpcError(RpcCode.unavailable, 'unknown-agent', 'none') }),
      });
      expect((await failure(call(`${NODE}:${name}/tools/call`, { name: 'x' }))).code).toBe(-32601);
    },
  );

  it.each(['tools/__proto__', 'constructor', 'toString', 'chat'])('are not %s', async (method) => {
    expect((await failure(serving().ofAgent(method))).code).toBe(-32601);
  });

  it('open a new session where the old one has ended', async () => {
    const { ofAgent, agent } = serving();
    await ofAgent('tools/call', { name: 'x' });
    agent.channel?.abort(new Error('gone'));
    await expect.poll(() => agent.closed).toBe(1);
    expect(await ofAgent('tools/call', { name: 'x' })).toEqual({});
    expect(agent.opened).toBe(2);
  });
});

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;

describe('what takes longer than a caller of Dawn waits', () => {
  const options = { patienceMs: 40, keptMs: 200 };
  const args = { name: 'add', arguments: { a: 1, b: 2 } };

  it('is kept, runs once, and is told to the same call', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = (request) => {
      agent.stage(request, 'waiting');
      return undefined;
    };
    const first = await failure(ofAgent('tools/call', args));
    expect(first).toMatchObject({ code: -32001, data: { reason: 'waiting', retry_after: 5 } });
    expect(first.message).toContain('does not run twice');
    const [request = {}] = agent.asked;
    agent.stage(request, 'running');
    // The order of arguments does not matter.
    const second = await failure(ofAgent('tools/call', { arguments: { b: 2, a: 1 }, name: 'add' }));
    expect(second).toMatchObject({ code: -32603, data: { reason: 'running' } });
    const third = ofAgent('tools/call', args);
    agent.say(request, { result: { content: [1] } });
    expect(await third).toEqual({ content: [1], _meta: { 'app.gatehouse/earlier': { asked: ISO } } });
    expect(agent.asked).toHaveLength(1);
    // It was told: the same again is a new call.
    agent.answer = () => ({ result: { content: [2] } });
    expect(await ofAgent('tools/call', args)).toEqual({ content: [2] });
  });

  it('is kept when it is decided while nobody waits, and told once', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = () => undefined;
    await failure(ofAgent('tools/call', args));
    const [request = {}] = agent.asked;
    agent.say(request, { error: rpcError(RpcCode.denied, 'denied-by-person', 'no') });
    expect(await failure(ofAgent('tools/call', args))).toMatchObject({
      data: { reason: 'denied-by-person', earlier: { asked: ISO } },
    });
    expect(agent.asked).toHaveLength(1);
  });

  it('is another call with other arguments', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = () => undefined;
    await failure(ofAgent('tools/call', args));
    await failure(ofAgent('tools/call', { name: 'add', arguments: { a: 1, b: 3 } }));
    await failure(ofAgent('tools/call', { name: 'sub', arguments: { a: 1, b: 2 } }));
    expect(agent.asked).toHaveLength(3);
  });

  it('keeps two that came at once apart', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = () => undefined;
    await Promise.all([failure(ofAgent('tools/call', args)), failure(ofAgent('tools/call', args))]);
    for (const [at, request] of agent.asked.entries()) agent.say(request, { result: { at } });
    const told = await Promise.all([ofAgent('tools/call', args), ofAgent('tools/call', args)]);
    expect(told.map((result) => (result as { at: number }).at).toSorted()).toEqual([0, 1]);
    expect(agent.asked).toHaveLength(2);
  });

  it('is forgotten some time after it was decided', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = () => undefined;
    await failure(ofAgent('tools/call', args));
    agent.say(agent.asked[0] ?? {}, { result: { old: true } });
    await new Promise((resolve) => setTimeout(resolve, options.keptMs + 50));
    agent.answer = () => ({ result: { old: false } });
    expect(await ofAgent('tools/call', args)).toEqual({ old: false });
  });

  it('is forgotten after a minute where nothing else is said', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { ofAgent, agent } = serving();
      agent.answer = () => undefined;
      const first = failure(ofAgent('tools/call', args));
      await expect.poll(() => agent.asked.length).toBe(1);
      await vi.advanceTimersByTimeAsync(25_000);
      await first;
      agent.say(agent.asked[0] ?? {}, { result: { old: true } });
      await vi.advanceTimersByTimeAsync(61_000);
      agent.answer = () => ({ result: { old: false } });
      expect(await ofAgent('tools/call', args)).toEqual({ old: false });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is waited for by a transport that is switched off until its caller has heard it', async () => {
    const { ofAgent, agent, service, connection } = serving({ options });
    const idle = Promise.withResolvers<boolean>();
    const end = service.onIdle(() => idle.resolve(service.busy(connection)));
    agent.answer = () => undefined;
    const call = failure(ofAgent('tools/call', args));
    expect(service.busy(connection)).toBe(true);
    await call;
    await new Promise((resolve) => setImmediate(resolve));
    // Between two questions of the caller, while nothing is decided, and after that.
    expect(service.busy(connection)).toBe(true);
    agent.say(agent.asked[0] ?? {}, { result: {} });
    await new Promise((resolve) => setImmediate(resolve));
    expect(service.busy(connection)).toBe(true);
    await ofAgent('tools/call', args);
    expect(await idle.promise).toBe(false);
    end();
  });

  it('is not waited for any more once it is forgotten, or its caller gone', async () => {
    for (const ends of ['forgotten', 'gone'] as const) {
      const { ofAgent, agent, service, connection, gone } = serving({ options });
      const idle = Promise.withResolvers<boolean>();
      service.onIdle(() => idle.resolve(service.busy(connection)));
      agent.answer = () => undefined;
      await failure(ofAgent('tools/call', args));
      if (ends === 'gone') gone.abort();
      else agent.say(agent.asked[0] ?? {}, { result: {} });
      expect(await idle.promise).toBe(false);
    }
  });

  it('is still told while the connection is given up, and nothing new begins then', async () => {
    const { ofAgent, call, agent, now } = serving({ options });
    agent.answer = ({ method }) =>
      method === 'tools/list'
        ? { result: { tools: [{ name: 'chat', inputSchema: { properties: { text: { type: 'string' } } } }] } }
        : undefined;
    await failure(ofAgent('tools/call', args));
    await failure(ofAgent('chat/message', { message: 'hi' }));
    const asked = agent.asked.length;
    now.leaving = true;
    expect(await failure(ofAgent('tools/call', args))).toMatchObject({ data: { reason: 'running' } });
    for (const request of agent.asked) agent.say(request, { result: { told: true } });
    expect(await ofAgent('tools/call', args)).toMatchObject({ told: true });
    expect(await ofAgent('chat/message', { message: 'hi', at: 7 })).toMatchObject({ told: true });
    for (const [method, params] of [
      ['tools/call', args],
      ['tools/list', {}],
      ['chat/message', { message: 'hi' }],
    ] as const) {
      const refused = await failure(ofAgent(method, params));
      expect(refused).toMatchObject({ code: -32005, data: { reason: 'stopping', retry_after: 60 } });
      expect(refused.message).toContain('Going away');
    }
    expect(await call('node/get_info')).toMatchObject({ node_id: NODE });
    expect(await call('node/list_agents')).toMatchObject({ agents: [{ name: 'files' }] });
    expect(agent.asked).toHaveLength(asked);
  });

  it('is bounded', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = () => undefined;
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, at) => failure(ofAgent('tools/call', { name: `t${at}` }))),
    );
    expect(many.filter(({ code }) => code === -32005)).toHaveLength(8);
    expect(agent.asked).toHaveLength(32);
  });

  it('is cancelled when its caller goes', async () => {
    const { ofAgent, agent, gone, service, connection } = serving({ options });
    agent.answer = () => undefined;
    await failure(ofAgent('tools/call', args));
    gone.abort();
    await expect.poll(() => agent.closed).toBe(1);
    expect(service.busy(connection)).toBe(false);
  });

  it('is withdrawn where it is a list', async () => {
    const { ofAgent, agent } = serving({ options });
    agent.answer = () => undefined;
    expect((await failure(ofAgent('tools/list'))).code).toBe(-32603);
    expect(agent.notified.at(-1)).toMatchObject({ method: 'notifications/cancelled' });
  });
});

describe('chat/message', () => {
  const tool = (name: string, properties: Json, required?: string[]): Json => ({
    name,
    inputSchema: { type: 'object', properties, ...(required === undefined ? {} : { required }) },
  });
  const text = { type: 'string' };

  it.each([
    [[tool('chat', { text })], { name: 'chat', arguments: { text: 'hi' } }],
    [
      [tool('message', { text, loud: { type: 'boolean' } }, ['text'])],
      { name: 'message', arguments: { text: 'hi' } },
    ],
    [
      [tool('chat', { n: { type: 'number' } }), tool('send_message', { body: text }, ['body'])],
      { name: 'send_message', arguments: { body: 'hi' } },
    ],
  ])('goes to the tool that takes a text: %o', async (tools, expected) => {
    const { ofAgent, agent } = serving();
    agent.answer = ({ method, params }) =>
      method === 'tools/list' ? { result: { tools } } : { result: { params } };
    expect(await ofAgent('chat/message', { message: 'hi' })).toMatchObject({ params: expected });
    expect(agent.asked.map(({ method }) => method)).toEqual(['tools/list', 'tools/call']);
  });

  it('goes to the prompt where there is no tool', async () => {
    const { ofAgent, agent } = serving();
    const lists: Record<string, Json> = {
      'tools/list': { tools: [tool('read', { text })] },
      'prompts/list': { prompts: [{ name: 'chat', arguments: [{ name: 'say', required: true }] }] },
    };
    agent.answer = ({ method, params }) => ({ result: lists[String(method)] ?? { params } });
    expect(await ofAgent('chat/message', { content: 'hi' })).toMatchObject({
      params: { name: 'chat', arguments: { say: 'hi' } },
    });
  });

  it.each([
    [{}, -32603],
    [{ message: 7 }, -32603],
    [{ message: 'hi' }, -32601],
  ])('is refused where nothing takes it: %o', async (params, code) => {
    const { ofAgent, agent } = serving();
    agent.answer = ({ method }) => ({ result: method === 'tools/list' ? { tools: [] } : { prompts: [] } });
    expect((await failure(ofAgent('chat/message', params))).code).toBe(code);
  });
});

it('hands gossip on', () => {
  const { service, caller, gossiped } = serving();
  service.gossip(caller, { type: 'gossip_announcement' });
  expect(gossiped).toEqual([[PEER, { type: 'gossip_announcement' }]]);
});
