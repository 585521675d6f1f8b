import { streamPair } from '@libp2p/utils';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createIncoming, type IncomingModules } from '../../../../../main/host/calls/index.ts';
import type { GateQuestion } from '../../../../../main/host/gate/index.ts';
import { StreamChannel } from '../../../../../main/host/network/channels/message-channel.ts';
import { MovingChannel } from '../../../../../main/host/network/channels/moving-channel.ts';
import { noReceipts } from '../../../../fixtures/no-receipts.ts';
import { AgentName, CallId, PeerId } from '../../../../../shared/ids.ts';
import type { Path } from '../../../../../shared/peers.ts';

const ben = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
const files = AgentName.parse('files');

async function link(path: Path): Promise<[StreamChannel, StreamChannel]> {
  const [near, far] = await streamPair({ capacity: 4 });
  const options = {
    route: { peerId: ben, path, transport: 'tcp' },
    budget: null,
    linkOpen: () => true,
  } as const;
  return [new StreamChannel(near, options), new StreamChannel(far, options)];
}

/** A peer's channel to an agent that lists its prompts when the test says so; the gate denies, and remembers. */
async function session(path: Path) {
  const asked: GateQuestion[] = [];
  const listed = Promise.withResolvers<{ result: Record<string, unknown> }>();
  const modules = {
    agents: Object.assign(new EventEmitter(), {
      has: () => true,
      description: () => null,
      sourceDigest: () => 'source',
      bodies: () => null,
      request: () => ({ answer: listed.promise, cancel: () => undefined }),
    }),
    gate: {
      budgetOf: () => ({ pausedUntil: null }),
      decide: (question: GateQuestion) => {
        asked.push(question);
        const decision = { effect: 'deny', by: 'person', ruleId: null } as const;
        const error = { code: -32060, message: 'Denied.', data: { reason: 'denied-by-person' } };
        return { kind: 'decided', outcome: { effect: 'deny', decision, error } };
      },
    },
    peers: Object.assign(new EventEmitter(), { trust: () => 'known' }),
    receipts: noReceipts,
    calls: {
      nextId: () => CallId.parse(1),
      healthy: () => true,
      put: (_call: unknown, _bodies: unknown, done?: (problem: null) => void) => done?.(null),
    },
    settings: () => ({ executionSeconds: 60 }),
  } as unknown as IncomingModules;
  const incoming = createIncoming(modules);
  const [near, far] = await link(path);
  const channel = new MovingChannel(near);
  const caller = new MovingChannel(far);
  const accepted = incoming.accept(ben, files);
  if ('error' in accepted) throw new Error(accepted.error.message);
  accepted.take(channel);
  const answers: unknown[] = [];
  let heard: (() => void) | null = null;
  caller.onLine = (line) => {
    answers.push(JSON.parse(line));
    heard?.();
  };
  const ask = async (id: number, method: string, params: object = {}): Promise<void> => {
    caller.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    await new Promise<void>((resolve) => (heard = resolve));
  };
  return { incoming, channel, caller, asked, answers, listed, ask };
}

describe('a stream of a peer', () => {
  it('tells the gate the path it has when each call comes', async () => {
    const { incoming, channel, caller, asked, ask } = await session('lan');
    await ask(1, 'prompts/get', { name: 'summary' });
    const [near, far] = await link('legacy');
    channel.goOn(near);
    caller.goOn(far);
    await ask(2, 'prompts/get', { name: 'summary' });
    expect(asked.map(({ path, direction }) => [path, direction])).toEqual([
      ['lan', undefined],
      ['legacy', undefined],
    ]);
    await incoming.stop();
  });

  it('is busy from a request to its answer, and says when it is so no more', async () => {
    const { incoming, channel, answers, listed, ask } = await session('lan');
    expect(channel.busy?.()).toBe(false);
    await ask(1, 'ping');
    expect(channel.busy?.()).toBe(false);
    const idle = new Promise<unknown[]>((resolve) => {
      channel.onIdle = () => {
        expect(channel.busy?.()).toBe(false);
        resolve([...answers]);
      };
    });
    const list = ask(2, 'prompts/list');
    await expect.poll(() => channel.busy?.()).toBe(true);
    listed.resolve({ result: { prompts: [] } });
    await idle;
    // What is closed now sends the answer all the same.
    await channel.close();
    await list;
    expect(answers).toMatchObject([{ id: 1 }, { id: 2, result: { prompts: [] } }]);
    await incoming.stop();
  });
});
