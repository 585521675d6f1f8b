import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocketServer, type WebSocket } from 'ws';
import { peerIdOfPublicKey } from '../../../main/host/identity/index.ts';
import type { MessageChannel } from '../../../main/host/network/index.ts';
import { AgentName } from '../../../shared/ids.ts';
import { DawnStyleWire } from '../../fixtures/dawn/dawn-style-wire.ts';
import { RECORDED_NODE, recordedAnswer } from '../../fixtures/dawn/recorded-session.ts';
import type { Contender } from '../contender.ts';
import { soon, startNode } from './gatehouse-node.ts';
import { portOf } from './port.ts';

/** The key of the node whose session was recorded; a test key, known to everybody. */
const SEED = Buffer.from('202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f', 'hex');
const AGENT = AgentName.parse('agent1');
const MAX_SENT = 16;
const TEXT = 'x'.repeat(1024);

/**
 * A legacy link: a server that does as Dawn's does (plain text, a fresh id for each answer), and our tolerant client, which
 * has one call in flight whatever is asked of it. The call is a `tools/call`, since Dawn knows no other.
 */
export const overDawn: Contender = {
  async serve() {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', answerAsDawn);
    return {
      address: `ws://127.0.0.1:${portOf(server)}`,
      async stop() {
        for (const client of server.clients) client.terminate();
        server.close();
        await once(server, 'close');
      },
    };
  },
  async connect(address) {
    const network = await startNode({ transport: 'websocket', webSocketListen: ['127.0.0.1:0'] });
    const dawn = peerIdOfPublicKey(Buffer.from(RECORDED_NODE, 'hex'));
    if (dawn === null) throw new Error('The recorded node has no key.');
    network.setLegacy(dawn, true);
    const peerId = await network.dial(address, soon());
    const channel = await network.openMcp(peerId, AGENT, soon());
    const calls = new ToolCalls(channel);
    return {
      call: () => calls.call(),
      async stop() {
        await channel.close();
        await network.stop();
      },
    };
  },
};

function answerAsDawn(socket: WebSocket): void {
  const wire = new DawnStyleWire(SEED, () => Buffer.alloc(12));
  let greeted = false;
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    if (!greeted) {
      greeted = true;
      wire.greeted(text);
      socket.send(wire.hello());
      return;
    }
    const request = objectIn(wire.open(text));
    const params = request['params'];
    const isCall = String(request['method']).endsWith('/tools/call');
    const args: unknown = isCall && isObject(params) ? params['arguments'] : null;
    const answer = isObject(args)
      ? { result: { content: [{ type: 'text', text: args['text'] }], isError: false } }
      : null;
    socket.send(
      JSON.stringify(
        answer === null ? recordedAnswer(request) : { jsonrpc: '2.0', id: randomUUID(), ...answer },
      ),
    );
  });
}

/** The calls under way on a channel, and those that wait for that: Dawn takes one at a time, and few may wait in our client. */
class ToolCalls {
  readonly #channel: MessageChannel;
  readonly #underWay = new Map<unknown, PromiseWithResolvers<void>>();
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  #nextId = 1;

  constructor(channel: MessageChannel) {
    this.#channel = channel;
    channel.onLine = (line): void => this.#answered(objectIn(line));
    channel.onClose = (error): void => {
      for (const call of this.#underWay.values()) call.reject(error ?? new Error('The link was closed.'));
    };
  }

  call(): Promise<void> {
    const call = Promise.withResolvers<void>();
    this.#waiting.push(call);
    this.#send();
    return call.promise;
  }

  #send(): void {
    while (this.#underWay.size < MAX_SENT) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      const id = this.#nextId;
      this.#nextId += 1;
      this.#underWay.set(id, call);
      const params = { name: 'echo', arguments: { text: TEXT } };
      this.#channel.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
    }
  }

  #answered({ id, result }: Record<string, unknown>): void {
    const call = this.#underWay.get(id);
    this.#underWay.delete(id);
    const content: unknown = isObject(result) ? result['content'] : null;
    const [first]: unknown[] = Array.isArray(content) ? content : [];
    if (isObject(first) && first['text'] === TEXT) call?.resolve();
    else call?.reject(new Error('The answer is not an echo.'));
    this.#send();
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectIn(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('That is not a JSON-RPC message.');
  return value;
}
