import { afterEach, describe, expect, test } from 'vitest';
import { CallError, createOutgoing, type Outgoing } from '../../main/host/calls/index.ts';
import type { MessageChannel } from '../../main/host/network/index.ts';
import type { CallView } from '../../shared/calls.ts';
import { CallId, type PeerId } from '../../shared/ids.ts';
import { noReceipts } from '../fixtures/no-receipts.ts';
import { Wire } from '../fixtures/wire.ts';
import { McpFarEnd } from '../fixtures/mcp-far-end.ts';
import { ECHO, linked, peerWhen, soon, startNode, stopAll, type TestNode } from './network-fixture.ts';

const wires: Wire[] = [];
const callers: Caller[] = [];
afterEach(async () => {
  await Promise.all(callers.splice(0).map(({ outgoing }) => outgoing.stop()));
  await stopAll();
  await Promise.all(wires.splice(0).map((wire) => wire.stop()));
}, 30_000);

async function wireTo(port: number): Promise<Wire> {
  const wire = await Wire.to(port);
  wires.push(wire);
  return wire;
}

interface Caller {
  readonly outgoing: Outgoing;
  /** The record of each call as it is now. */
  readonly records: Map<number, CallView>;
  call(to: PeerId, args?: Record<string, unknown>): Promise<unknown>;
}

function callerAt(node: TestNode): Caller {
  const records = new Map<number, CallView>();
  let lastId = 0;
  const calls = {
    nextId: () => CallId.parse((lastId += 1)),
    put: (view: CallView) => void records.set(view.id, view),
  } as unknown as Parameters<typeof createOutgoing>[0]['calls'];
  const gate = {
    decide: () => {
      throw new Error('There is no legacy link here.');
    },
  };
  const peers = { trust: () => 'known' as const, notePaused: () => undefined };
  const outgoing = createOutgoing({ network: node.network, calls, gate, peers, receipts: noReceipts });
  const caller: Caller = {
    outgoing,
    records,
    call: (peerId, args = {}) =>
      outgoing.call({ peerId, agent: ECHO, tool: 'work', arguments: args }, AbortSignal.timeout(30_000)),
  };
  callers.push(caller);
  return caller;
}

/** The agent of a peer, at each of the channels that were opened to it. */
class Far {
  readonly ends: McpFarEnd[] = [];
  readonly #name: string;
  readonly #hints: object;
  readonly #answers: (opened: number) => boolean;
  #opened: (() => void) | null = null;

  constructor(name: string, hints: object, answers: (opened: number) => boolean) {
    this.#name = name;
    this.#hints = hints;
    this.#answers = answers;
  }

  readonly take = (channel: MessageChannel): void => {
    const end = new McpFarEnd(channel, this.#name, { work: this.#hints });
    end.answers = this.#answers(this.ends.length);
    this.ends.push(end);
    this.#opened?.();
  };

  async end(at: number): Promise<McpFarEnd> {
    for (;;) {
      const end = this.ends[at];
      if (end !== undefined) return end;
      await new Promise<void>((resolve) => (this.#opened = resolve));
    }
  }
}

const portOf = (address: string): number => Number(/\/tcp\/(\d+)/u.exec(address)?.[1]);
const unknown = (call: Promise<unknown>): Promise<void> =>
  expect(call).rejects.toThrow(/Whether the call ran is unknown/u);

/** Ben calls Ada over a wire that can be cut; the second of her channels answers, the first does not. */
async function overAWire(hints: object) {
  const far = new Far('Ada', hints, (opened) => opened > 0);
  const ada = await startNode({ listen: ['/ip4/127.0.0.1/tcp/0'], take: far.take });
  const ben = await startNode({ listen: ['/ip4/127.0.0.1/tcp/0'] });
  const wire = await wireTo(portOf(ada.at('tcp')));
  await ben.network.dial(`/ip4/127.0.0.1/tcp/${wire.port}/p2p/${ada.peerId}`, soon());
  const caller = callerAt(ben);
  await caller.outgoing.tools(ada.peerId, ECHO, AbortSignal.timeout(30_000));
  return { far, ada, ben, wire, ...caller };
}

describe('a call whose link is cut', () => {
  test('while it runs is of unknown end, and does not run twice', async () => {
    const { far, ada, wire, call, records } = await overAWire({ destructiveHint: true });
    const done = call(ada.peerId);
    await (await far.end(0)).heard(1);
    wire.cut();
    await unknown(done);
    expect(records.get(1)).toMatchObject({ status: 'failed', path: 'lan' });
    expect(await call(ada.peerId)).toMatchObject({ content: [{ text: 'done by Ada' }] });
    expect(far.ends.map(({ calls }) => calls.length)).toEqual([1, 1]);
  });

  test('while it runs is sent again where its tool only reads', async () => {
    const { far, ada, wire, call, records } = await overAWire({ readOnlyHint: true });
    const done = call(ada.peerId, { about: 'the weather' });
    await (await far.end(0)).heard(1);
    wire.cut();
    expect(await done).toMatchObject({ content: [{ text: 'done by Ada' }] });
    expect(far.ends.map(({ calls }) => calls.map(({ params }) => params.arguments))).toEqual([
      [{ about: 'the weather' }],
      [{ about: 'the weather' }],
    ]);
    expect([...records.values()]).toMatchObject([{ id: 1, status: 'answered' }]);
  });

  test('before it had its turn is sent over the next, whatever its tool does', async () => {
    const { far, ada, wire, call, records } = await overAWire({ destructiveHint: true });
    wire.hold();
    const first = call(ada.peerId, { text: 'x'.repeat(7 * 2 ** 20) });
    const second = call(ada.peerId, { text: 'second' });
    await expect.poll(() => records.get(1)?.status).toBe('running');
    expect(records.get(2)).toMatchObject({ status: 'received', path: 'lan' });
    wire.cut();
    await unknown(first);
    expect(await second).toMatchObject({ content: [{ text: 'done by Ada' }] });
    expect(far.ends.flatMap(({ calls }) => calls.map(({ params }) => params.arguments))).toEqual([
      { text: 'second' },
    ]);
  });

  test('goes over the other transport where that is what is left', async () => {
    const overLibp2p = new Far('libp2p', { idempotentHint: true }, () => false);
    const overWebSocket = new Far('websocket', { idempotentHint: true }, () => true);
    // One machine that is linked by both; what it loses of one, it loses with all its addresses.
    const one = await startNode({ transport: 'libp2p', take: overLibp2p.take });
    const other = await startNode({
      transport: 'websocket',
      take: overWebSocket.take,
      identity: one.identity,
    });
    const ben = await startNode({ transport: 'both' });
    await ben.network.dial(other.at('websocket'), soon());
    await ben.network.dial(one.at('tcp'), soon());
    await peerWhen(ben, one.peerId, ({ links }) => links.length === 2 && links[0]?.transport === 'tcp');
    const { outgoing, call, records } = callerAt(ben);
    await outgoing.tools(one.peerId, ECHO, AbortSignal.timeout(30_000));
    const done = call(one.peerId);
    await (await overLibp2p.end(0)).heard(1);
    expect(records.get(1)).toMatchObject({ transport: 'tcp' });
    await one.network.stop();
    expect(await done).toMatchObject({ content: [{ text: 'done by websocket' }] });
    expect([...records.values()]).toMatchObject([{ id: 1, status: 'answered', transport: 'websocket' }]);
    await peerWhen(ben, one.peerId, linked);
  });

  test('by the person here does not bring the link back', async () => {
    const { far, ada, ben, call } = await overAWire({ readOnlyHint: true });
    const done = call(ada.peerId);
    await (await far.end(0)).heard(1);
    await ben.network.disconnect(ada.peerId);
    await unknown(done);
    expect(far.ends).toHaveLength(1);
    expect(ben.network.peers().find(({ peerId }) => peerId === ada.peerId)?.links).toEqual([]);
  });

  test('is told as unreachable where there is no other', async () => {
    const { far, ada, call } = await overAWire({ idempotentHint: true });
    const done = call(ada.peerId);
    await (await far.end(0)).heard(1);
    await ada.network.stop();
    await expect(done).rejects.toBeInstanceOf(CallError);
    await unknown(done);
  });
});
