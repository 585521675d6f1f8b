import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AgentName, PeerId } from '../../../../../../../shared/ids.ts';
import type { MessageChannel } from '../../../../../../../main/host/network/index.ts';
import type { DawnSocket } from '../../../../../../../main/host/network/websocket/dawn-socket.ts';
import {
  DawnServerLink,
  type DawnServerLinkOptions,
} from '../../../../../../../main/host/network/websocket/dawn/dawn-server-link.ts';
import {
  RECORDED_NODE,
  RECORDED_STEPS,
  recordedAnswer,
  recordedStep,
} from '../../../../../../fixtures/dawn/recorded-session.ts';

const AGENT = AgentName.parse('agent1');
const PEER = PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR');
type Json = Record<string, unknown>;

/** A socket whose other end answers as was recorded, unless the test says otherwise. */
class ReplayedSocket implements DawnSocket {
  readonly peerId = PEER;
  readonly nodeId = RECORDED_NODE;
  readonly encrypted = false;
  readonly info = {};
  onText: ((text: string) => void) | null = null;
  onClose: ((error: Error | null) => void) | null = null;
  readonly sent: Json[] = [];
  /** The text to answer with; null: nothing. */
  answer = (request: Json): string | null => JSON.stringify(recordedAnswer(request));
  aborted: Error | null = null;

  send(text: string): boolean {
    if (this.aborted !== null) return false;
    const request = JSON.parse(text) as Json;
    this.sent.push(request);
    const answer = this.answer(request);
    if (answer !== null) queueMicrotask(() => this.onText?.(answer));
    return true;
  }

  abort(error: Error): void {
    if (this.aborted !== null) return;
    this.aborted = error;
    queueMicrotask(() => this.onClose?.(error));
  }
}

/** Speaks MCP over a channel and waits for the answer of each request. */
class Client {
  readonly channel: MessageChannel;
  readonly lines: Json[] = [];
  closed: Error | null | undefined = undefined;
  readonly #waiting = new Map<number, (answer: Json) => void>();
  #last = 0;

  constructor(channel: MessageChannel) {
    this.channel = channel;
    channel.onClose = (error) => (this.closed = error);
    channel.onLine = (line) => {
      const answer = JSON.parse(line) as Json;
      this.lines.push(answer);
      this.#waiting.get(answer['id'] as number)?.(answer);
    };
  }

  request(method: string, params: Json = {}): Promise<Json> {
    this.#last += 1;
    const id = this.#last;
    this.channel.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  get lastId(): number {
    return this.#last;
  }
}

async function linked(options: DawnServerLinkOptions = {}) {
  const socket = new ReplayedSocket();
  const link = new DawnServerLink(socket, options);
  await link.refresh(new AbortController().signal);
  const client = new Client(link.open(AGENT));
  return { socket, link, client };
}

const called = (step: string): Json => {
  const { params } = recordedStep(step).sent;
  return params as Json;
};
const resultOf = (step: string): unknown => recordedStep(step).answered['result'];
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the recorded session', () => {
  it('lists what the node offers, verified by nobody', async () => {
    const { link } = await linked();
    expect(link.agents).toEqual([
      {
        name: 'agent1',
        verified: false,
        description: 'MCP agent: Echo',
        version: '',
        tools: [
          { name: 'echo', title: null, description: 'Echo text' },
          { name: 'boom', title: null, description: 'Always fails' },
        ],
      },
    ]);
  });

  it('is an MCP session to its client', async () => {
    const { client, socket } = await linked();
    const { result: opened } = await client.request('initialize', { protocolVersion: '2025-06-18' });
    expect(opened).toMatchObject({ protocolVersion: '2025-06-18', serverInfo: { name: 'agent1' } });
    expect(await client.request('ping')).toMatchObject({ result: {} });
    expect((await client.request('tools/list'))['result']).toEqual(resultOf('tools/list'));
    expect((await client.request('tools/call', called('tools/call ok')))['result']).toEqual(
      resultOf('tools/call ok'),
    );
    expect((await client.request('tools/call', called('tools/call raising')))['result']).toEqual(
      resultOf('tools/call raising'),
    );
    const unknown = await client.request('tools/call', called('tools/call unknown tool'));
    expect(unknown['error']).toMatchObject({
      code: -32603,
      message: `Internal error: "Tool 'nope' not found"`,
    });
    expect((await client.request('resources/list'))['result']).toEqual({ resources: [] });
    expect((await client.request('prompts/list'))['result']).toEqual({ prompts: [] });
    expect((await client.request('sampling/createMessage'))['error']).toMatchObject({ code: -32601 });
    expect(socket.aborted).toBeNull();
    // All that was recorded of one agent, and nothing that was not.
    expect(socket.sent.every((sent) => recordedAnswer(sent) !== null)).toBe(true);
  });

  it.each(RECORDED_STEPS.filter(({ sent }) => 'id' in sent).map((step) => [step.step, step] as const))(
    'takes the answer to %s for what it is',
    async (_, { sent, answered }) => {
      const { socket, client, link } = await linked();
      const { id: _id, ...answer } = answered;
      socket.answer = (request) =>
        JSON.stringify({ ...answer, id: answered['id'] === sent['id'] ? request['id'] : answered['id'] });
      const call = client.request('tools/call', { name: 'echo', arguments: {} });
      if ('result' in answered || 'error' in answered) {
        expect(await call).toMatchObject({ id: client.lastId });
        expect(socket.aborted).toBeNull();
      } else {
        // What a server does before a handshake: our own call comes back.
        expect((await call)['error']).toMatchObject({ data: { reason: 'bad-message' } });
        await expect.poll(() => socket.aborted).not.toBeNull();
      }
      expect(link.busy).toBe(false);
    },
  );

  it('says that an agent is gone as the node says it', async () => {
    const { socket, client } = await linked();
    socket.answer = ({ id }) => JSON.stringify({ ...recordedStep('unknown agent').answered, id });
    expect((await client.request('tools/call', { name: 'echo' }))['error']).toMatchObject({
      code: -32601,
      message: 'Agent not found: ghost',
    });
  });
});

describe('one call at a time', () => {
  it('gives each caller its own answer, though the answers name no request', async () => {
    const { socket, client, link } = await linked();
    const second = new Client(link.open(AGENT));
    let under = 0;
    let most = 0;
    socket.answer = (request) => {
      under += 1;
      most = Math.max(most, under);
      const text = ((request['params'] as Json)['arguments'] as Json)['text'];
      setTimeout(() => {
        under -= 1;
        const result = { content: [{ type: 'text', text }] };
        socket.onText?.(JSON.stringify({ jsonrpc: '2.0', id: `fresh-${String(text)}`, result }));
      }, Math.random() * 5);
      return null;
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const { result } = await (at % 2 === 0 ? client : second).request('tools/call', {
          name: 'echo',
          arguments: { text: `t${at}` },
        });
        return (result as { content: { text: string }[] }).content[0]?.text;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, at) => `t${at}`));
    expect(most).toBe(1);
  });

  it('takes the error without an id for the answer to what is under way', async () => {
    const { socket, client } = await linked();
    socket.answer = () => JSON.stringify(recordedStep('gossip announcement').answered);
    expect((await client.request('tools/call', { name: 'echo' }))['error']).toMatchObject({ code: -32603 });
    // The same again, with nothing under way: nobody is confused by it.
    socket.onText?.(JSON.stringify(recordedStep('gossip announcement').answered));
    socket.answer = (request) => JSON.stringify(recordedAnswer(request));
    expect((await client.request('tools/call', called('tools/call ok')))['result']).toEqual(
      resultOf('tools/call ok'),
    );
  });

  it('takes no answer to an earlier call, nor one to another question of the node', async () => {
    const { socket, client, link } = await linked();
    socket.answer = () => null;
    const call = client.request('tools/call', { name: 'echo' });
    const first = socket.sent[0]?.['id'];
    await expect.poll(() => socket.sent.length).toBe(2);
    socket.onText?.(JSON.stringify({ jsonrpc: '2.0', id: first, result: { content: [{ type: 'late' }] } }));
    socket.onText?.(JSON.stringify({ jsonrpc: '2.0', id: 'fresh', result: { content: [] } }));
    expect(await call).toMatchObject({ result: { content: [] } });
    const listed = link.refresh(new AbortController().signal);
    await expect.poll(() => socket.sent.length).toBe(3);
    socket.onText?.(JSON.stringify({ jsonrpc: '2.0', id: 'fresh', result: { agents: [] } }));
    expect(link.agents).toHaveLength(1);
    socket.onText?.(JSON.stringify({ jsonrpc: '2.0', id: socket.sent[2]?.['id'], result: { agents: [] } }));
    await listed;
    expect(link.agents).toHaveLength(0);
  });

  it('ends the connection where an answer does not come in time, and says which call may have run', async () => {
    const { socket, client } = await linked({ callTimeoutMs: 50 });
    socket.answer = () => null;
    const [sent, waiting] = await Promise.all([
      client.request('tools/call', { name: 'echo', arguments: { text: '1' } }),
      client.request('tools/call', { name: 'echo', arguments: { text: '2' } }),
    ]);
    expect(sent['error']).toMatchObject({ data: { reason: 'agent-timeout' } });
    expect((sent['error'] as Json)['message']).toContain('unknown');
    expect((waiting['error'] as Json)['message']).toContain('did not run');
    await expect.poll(() => client.closed).toBeInstanceOf(Error);
    expect(socket.aborted?.message).toContain('in time');
    expect(socket.sent).toHaveLength(2);
  });

  it('takes back a call that waits, and drops the answer of one that was sent', async () => {
    const { socket, client } = await linked();
    socket.answer = () => null;
    void client.request('tools/call', { name: 'echo', arguments: { text: 'sent' } });
    const sentId = client.lastId;
    void client.request('tools/call', { name: 'echo', arguments: { text: 'waiting' } });
    for (const requestId of [sentId, client.lastId]) {
      client.channel.send(
        JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }),
      );
    }
    const third = client.request('tools/call', { name: 'echo', arguments: { text: 'third' } });
    await expect.poll(() => socket.sent.length).toBe(2);
    await nextTurn();
    // The cancelled one holds its place until its answer has come.
    expect(socket.sent).toHaveLength(2);
    const ok = (text: string): string =>
      JSON.stringify({ jsonrpc: '2.0', id: text, result: { content: [{ type: 'text', text }] } });
    socket.onText?.(ok('late'));
    await expect.poll(() => socket.sent.length).toBe(3);
    socket.onText?.(ok('third'));
    expect((await third)['result']).toMatchObject({ content: [{ text: 'third' }] });
    expect(client.lines).toHaveLength(1);
  });

  it('bounds how many wait', async () => {
    const { socket, client } = await linked({ queueTimeoutMs: 30 });
    socket.answer = () => null;
    const refused = Array.from({ length: 60 }, () => client.request('tools/call', { name: 'echo' }));
    await expect.poll(() => client.lines.length).toBeGreaterThanOrEqual(27);
    expect(client.lines.every((line) => (line['error'] as Json)['code'] === -32065)).toBe(true);
    // Those in the queue give up as well, and only the one that was sent is still open.
    await expect.poll(() => client.lines.length).toBe(59);
    void refused;
    expect(socket.sent).toHaveLength(2);
  });
});

describe('a link that is given up', () => {
  it('is busy from a call until its answer was read, and says when it is so no more', async () => {
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    const { link, client, socket } = await linked({ onIdle: resolve });
    expect(link.busy).toBe(false);
    let answer = '';
    socket.answer = (request) => {
      answer = JSON.stringify(recordedAnswer(request));
      return null;
    };
    let underWay = true;
    client.channel.busy = () => underWay;
    const call = client.request('tools/call', called('tools/call ok'));
    await nextTurn();
    expect(link.busy).toBe(true);
    socket.onText?.(answer);
    expect(link.busy).toBe(true);
    await call;
    underWay = false;
    client.channel.onIdle?.();
    await idle;
    expect(link.busy).toBe(false);
  });

  it('is busy, too, with what its caller waits for no more, until the node has answered', async () => {
    let idle = 0;
    const { link, client, socket } = await linked({ onIdle: () => (idle += 1) });
    socket.answer = () => null;
    void client.request('tools/call', called('tools/call ok'));
    await nextTurn();
    client.channel.send(
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: client.lastId },
      }),
    );
    await nextTurn();
    expect(link.busy).toBe(true);
    const before = idle;
    socket.onText?.(JSON.stringify({ jsonrpc: '2.0', id: 'any', result: {} }));
    expect(link.busy).toBe(false);
    expect(idle).toBe(before + 1);
  });

  it('closes the sessions that do nothing, has the others end theirs, and lets comparisons be', async () => {
    const { link, client } = await linked();
    const working = new Client(link.open(AGENT));
    working.channel.busy = () => true;
    const echo = new Client(link.openEcho());
    link.retire();
    expect(working.channel.retiring).toBe(true);
    await expect.poll(() => client.closed).toBeNull();
    expect(await working.request('ping')).toMatchObject({ result: {} });
    expect([working.closed, echo.closed]).toEqual([undefined, undefined]);
  });
});

describe('a hostile node', () => {
  it('is left when it says much that answers nothing', async () => {
    const { socket, client } = await linked();
    for (let at = 0; at < 16; at += 1) socket.onText?.(at % 2 === 0 ? 'no json' : '{"type":"encrypted"}');
    expect(socket.aborted).toBeNull();
    socket.onText?.('[]');
    await expect.poll(() => socket.aborted).toBeInstanceOf(Error);
    await expect.poll(() => client.closed).toBeInstanceOf(Error);
  });

  it.each([
    ['a text', '"x"'],
    ['no content', '{"x":1}'],
    ['content of the wrong kind', '{"content":[1]}'],
    ['nothing', 'null'],
  ])('may answer a call with %s, which is no result', async (_, result) => {
    const { socket, client } = await linked();
    socket.answer = ({ id }) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
    expect((await client.request('tools/call', { name: 'echo' }))['error']).toMatchObject({
      data: { reason: 'bad-message' },
    });
  });

  it('may nest as deeply as it likes', async () => {
    const { socket, client } = await linked();
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    socket.answer = () => `{"jsonrpc":"2.0","id":"x","result":{"content":[{"type":"text","deep":${deep}}]}}`;
    const answer = await client.request('tools/call', { name: 'echo' });
    expect(Object.hasOwn(answer, 'error') || Object.hasOwn(answer, 'result')).toBe(true);
  });

  it('has only agents of its own, with names that can be written, and so many', async () => {
    const { socket, link } = await linked();
    const record = (resultOf('node/list_agents') as { agents: Json[] }).agents[0];
    const named = (local: unknown, node: unknown = RECORDED_NODE): Json => ({
      ...record,
      local_agent_id: local,
      node_id: node,
      tools: Array.from({ length: local === 'fine' ? 250 : 20 }, (_, at) => ({
        name: `t${at}`,
        description: 'd'.repeat(600),
      })),
    });
    const agents = [
      named('fine'),
      named('../etc'),
      named(7),
      named('x'.repeat(41)),
      named('other', 'ff'.repeat(32)),
      'not an agent',
      named('fine'),
      ...Array.from({ length: 66 }, (_, at) => named(`a${at}`)),
    ];
    socket.answer = ({ id }) => JSON.stringify({ jsonrpc: '2.0', id, result: { agents } });
    await link.refresh(new AbortController().signal);
    const names: string[] = link.agents.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['fine', 'a0', 'a1']);
    expect(JSON.stringify(link.agents).length).toBeLessThan(600 * 1024);
    expect(link.agents[0]?.tools).toHaveLength(200);
    expect(() => link.open(AgentName.parse('agent1'))).toThrow('no agent called agent1');
  });
});

it('ends its channels with the connection', async () => {
  const { socket, client, link } = await linked();
  socket.answer = () => null;
  void client.request('tools/call', { name: 'echo' });
  await delay(1);
  socket.abort(new Error('The link to the peer was lost.'));
  await expect.poll(() => client.closed?.message).toBe('The link to the peer was lost.');
  // Whether it ran is for the channel's owner to say.
  expect(client.lines).toHaveLength(0);
  expect(() => link.open(AGENT)).toThrow('lost');
});

it('sends a line back once the node has answered', async () => {
  const { socket, link } = await linked();
  const echo = link.openEcho();
  const lines: string[] = [];
  echo.onLine = (line) => lines.push(line);
  echo.send('one');
  echo.send('two');
  await expect.poll(() => lines).toEqual(['one', 'two']);
  expect(socket.sent.slice(1).map(({ method }) => method)).toEqual(['node/get_info', 'node/get_info']);
});
