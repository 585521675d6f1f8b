import { afterEach, describe, expect, test } from 'vitest';
import { DELTA_INTERVAL_MS, LiveStore } from '../../../../../main/host/live/index.ts';
import {
  applyChanges,
  LIVE_CALLS,
  LIVE_WINDOW,
  LiveMessage,
  type LiveState,
} from '../../../../../shared/live.ts';
import type { PeerView } from '../../../../../shared/peers.ts';
import { aCall, aHost, aLiveInit, somePeerId } from '../../../../fixtures/views.ts';

const stores: LiveStore[] = [];
const aStore = (): LiveStore => {
  const store = new LiveStore(aLiveInit());
  stores.push(store);
  return store;
};
afterEach(() => {
  for (const store of stores.splice(0)) store.stop();
});

const aPeer = (): PeerView => ({
  peerId: somePeerId,
  did: 'did:key:z6Mk',
  alias: null,
  name: null,
  trust: 'unknown',
  contactSince: null,
  foundBy: 'inbound',
  firstSeen: 1,
  lastSeen: 1,
  state: 'connected',
  nextDialAt: null,
  dialError: null,
  links: [],
  pathNote: null,
  isRelay: null,
  addresses: [],
  software: null,
  speaksGatehouse: null,
  acceptsUs: null,
  request: null,
  agents: [],
  transportChoice: null,
  transports: [],
  fallback: null,
  legacy: 'unknown',
  safetyWords: [],
  budget: null,
  used: null,
  pausedUntil: null,
  pausesUsUntil: null,
});

/** Reads a watch as the interface does: applies, then acknowledges. */
class Reader {
  state: LiveState | undefined;
  seq = -1;
  watch = '';
  dropped = 0;
  readonly #store: LiveStore;
  readonly #messages: AsyncGenerator<LiveMessage, void>;
  constructor(store: LiveStore, resume?: { epoch: string; seq: number }) {
    this.#store = store;
    this.#messages = store.watch(resume, undefined);
  }
  async next(ack = true): Promise<LiveMessage> {
    const { value } = await this.#messages.next();
    const message = LiveMessage.parse(value);
    if (message.type === 'snapshot') this.state = message.state;
    else {
      if (this.state !== undefined) this.state = applyChanges(this.state, message.changes);
      this.dropped += message.droppedCalls;
    }
    this.seq = message.seq;
    this.watch = message.watch;
    if (ack) this.#store.ack(message.watch, message.seq);
    return message;
  }
  end(): Promise<unknown> {
    return this.#messages.return(undefined);
  }
}

describe('a watcher', () => {
  test('gets a snapshot, then deltas that lead to the same state as a new snapshot', async () => {
    const store = aStore();
    store.set({ of: 'calls', id: '1', value: aCall(1) });
    const reader = new Reader(store);
    expect((await reader.next()).type).toBe('snapshot');
    store.set({ of: 'calls', id: '2', value: aCall(2) });
    store.updateHost({ addresses: ['/ip4/127.0.0.1/tcp/1'] });
    store.set({ of: 'calls', id: '1', value: null });
    const delta = await reader.next();
    expect(delta.type).toBe('delta');
    expect(reader.state).toEqual(store.snapshot());
    expect(Object.keys(reader.state?.calls ?? {})).toEqual(['2']);
  });

  test('sees only the newest of many values', async () => {
    const store = aStore();
    const reader = new Reader(store);
    await reader.next();
    for (let at = 1; at <= 1000; at += 1) store.set({ of: 'host', value: aHost({ startedAt: at }) });
    const delta = await reader.next();
    expect(delta.type === 'delta' && delta.changes).toEqual([
      { of: 'host', value: aHost({ startedAt: 1000 }) },
    ]);
  });

  test('is not ended by what is wrong of a peer or a router: the value before it stays, and it is told', async () => {
    const store = aStore();
    const unsound: string[] = [];
    store.onUnsound = (of) => unsound.push(of);
    const reader = new Reader(store);
    await reader.next();
    const { reachability } = store.snapshot();
    const value = { ...reachability, since: Number.NaN };
    store.set({ of: 'reachability', value });
    store.set({ of: 'peers', id: aPeer().peerId, value: aPeer() });
    store.set({ of: 'peers', id: aPeer().peerId, value: { ...aPeer(), lastSeen: Number.NaN } });
    await reader.next();
    expect(unsound).toEqual(['reachability', 'peers']);
    expect(reader.state).toMatchObject({ reachability, peers: { [aPeer().peerId]: aPeer() } });
  });

  test('is sent no more than the window while it acknowledges nothing', async () => {
    const store = aStore();
    const reader = new Reader(store);
    for (let sent = 0; sent < LIVE_WINDOW; sent += 1) {
      store.updateHost({ startedAt: sent });
      await reader.next(false);
    }
    store.updateHost({ startedAt: 99 });
    let arrived = false;
    const next = reader.next(false).then((message) => {
      arrived = true;
      return message;
    });
    // Longer than deltas are apart; without the window the message would be here.
    await new Promise((resolve) => setTimeout(resolve, 3 * DELTA_INTERVAL_MS));
    expect(arrived).toBe(false);
    store.ack(reader.watch, reader.seq);
    expect((await next).type).toBe('delta');
  });

  test('resumes where it was, with what was removed meanwhile', async () => {
    const store = aStore();
    store.set({ of: 'calls', id: '1', value: aCall(1) });
    const first = new Reader(store);
    await first.next();
    await first.end();
    store.set({ of: 'calls', id: '1', value: null });
    store.set({ of: 'calls', id: '2', value: aCall(2) });
    const second = new Reader(store, { epoch: store.epoch, seq: first.seq });
    second.state = first.state;
    const delta = await second.next();
    expect(delta.type).toBe('delta');
    expect(second.state).toEqual(store.snapshot());
  });

  test('of another run of the host gets a snapshot', async () => {
    const store = aStore();
    const reader = new Reader(store, { epoch: 'another', seq: 1 });
    expect((await reader.next()).type).toBe('snapshot');
  });

  test('is told how many calls came and went faster than it reads', async () => {
    const store = aStore();
    const reader = new Reader(store);
    await reader.next();
    const total = LIVE_CALLS * 2;
    for (let id = 1; id <= total; id += 1) store.set({ of: 'calls', id: String(id), value: aCall(id) });
    await reader.next();
    const shown = Object.keys(reader.state?.calls ?? {});
    expect(shown.length + reader.dropped).toBe(total);
    expect(shown.at(-1)).toBe(String(total));
    expect(Object.keys(store.snapshot().calls)).toHaveLength(LIVE_CALLS);
  });

  test('is told of the end of every call it was shown, however many new ones come', async () => {
    const store = aStore();
    const reader = new Reader(store);
    for (let id = 1; id <= 200; id += 1)
      store.set({ of: 'calls', id: String(id), value: aCall(id, { status: 'running' }) });
    await reader.next();
    for (let id = 1; id <= 200; id += 1) store.set({ of: 'calls', id: String(id), value: aCall(id) });
    for (let id = 201; id <= 350; id += 1) store.set({ of: 'calls', id: String(id), value: aCall(id) });
    await reader.next();
    expect(Object.values(reader.state?.calls ?? {}).filter(({ status }) => status === 'running')).toEqual([]);
    expect(reader.dropped).toBe(50);
  });

  test('that missed more calls than a delta holds gets a snapshot', async () => {
    const store = aStore();
    const first = new Reader(store);
    await first.next();
    await first.end();
    for (let id = 1; id <= 450; id += 1) store.set({ of: 'calls', id: String(id), value: aCall(id) });
    const second = new Reader(store, { epoch: store.epoch, seq: first.seq });
    expect((await second.next()).type).toBe('snapshot');
    expect(Object.keys(second.state?.calls ?? {})).toHaveLength(450);
  });

  test('keeps a call that waits while hundreds of newer ones come and go', async () => {
    const store = aStore();
    const reader = new Reader(store);
    store.set({ of: 'calls', id: '1', value: aCall(1, { status: 'waiting' }) });
    await reader.next();
    for (let round = 0; round < 7; round += 1) {
      for (let n = 1; n <= 90; n += 1) {
        const id = 1 + round * 90 + n;
        store.set({ of: 'calls', id: String(id), value: aCall(id) });
      }
      await reader.next();
    }
    expect(reader.state?.calls['1']?.status).toBe('waiting');
    expect(Object.keys(reader.state?.calls ?? {})).toEqual(Object.keys(store.snapshot().calls));
  });

  test('ends with its signal', async () => {
    const store = aStore();
    const controller = new AbortController();
    const messages = store.watch(undefined, controller.signal);
    await messages.next();
    const next = messages.next();
    controller.abort();
    expect(await next).toEqual({ value: undefined, done: true });
  });
});

test('calls that still run are kept when newer ones push the old ones out', () => {
  const store = aStore();
  store.set({ of: 'calls', id: '1', value: aCall(1, { status: 'waiting' }) });
  for (let id = 2; id <= LIVE_CALLS + 50; id += 1)
    store.set({ of: 'calls', id: String(id), value: aCall(id) });
  expect(store.snapshot().calls['1']?.status).toBe('waiting');
});
