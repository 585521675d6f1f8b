import { createRouterClient, implement } from '@orpc/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LiveStore } from '../../../../main/host/live/index.ts';
import {
  ConnectionRefused,
  type Connection,
  type HostClient,
} from '../../../../renderer/connection/index.ts';
import { createHostSession, type HostSession } from '../../../../renderer/state/session.ts';
import { contract } from '../../../../shared/contract.ts';
import type { LiveMessage } from '../../../../shared/live.ts';
import { emptyState } from '../../../fixtures/lively/seed.ts';
import { eventually } from '../../../fixtures/eventually.ts';

interface Asked {
  watches: unknown[];
  acks: number[];
}

type Watch = (input: {
  resume?: { epoch: string; seq: number } | undefined;
}) => AsyncGenerator<LiveMessage, void>;

/** A client of the contract whose live part is given and whose other parts are not asked for. */
function clientWith(watch: Watch, asked: Asked, silent: () => boolean = () => false): HostClient {
  const os = implement(contract);
  const router = {
    live: {
      watch: os.live.watch.handler(({ input }) => {
        asked.watches.push(input.resume);
        return watch(input);
      }),
      ack: os.live.ack.handler(async ({ input }) => {
        if (silent()) await new Promise(() => undefined);
        asked.acks.push(input.seq);
      }),
    },
  };
  return createRouterClient(router) as unknown as HostClient;
}

function connection(client: HostClient, canFallSilent = false): Connection & { cut: () => void } {
  const closed = Promise.withResolvers<void>();
  const close = vi.fn<() => void>(() => closed.resolve());
  return { client, closed: closed.promise, canFallSilent, close, cut: () => closed.resolve() };
}

const reached = async (session: HostSession, state: string): Promise<void> => {
  await eventually(() => expect(session.store.getState().link).toMatchObject({ state }));
};

let session: HostSession | null = null;
afterEach(() => {
  session?.stop();
  session = null;
});

describe('the session with the host', () => {
  it('takes the snapshot and the deltas, and acknowledges each', async () => {
    const live = new LiveStore(emptyState(1e12));
    const asked: Asked = { watches: [], acks: [] };
    const open = connection(clientWith(({ resume }) => live.watch(resume, undefined), asked));
    session = createHostSession({ connect: () => Promise.resolve(open) });
    session.start();
    await reached(session, 'live');
    live.updateHost({ demo: true });
    const { store } = session;
    await eventually(() => expect(store.getState().live?.host.demo).toBe(true));
    await eventually(() => expect(asked.acks).toHaveLength(2));
    live.stop();
  });

  it('resumes where it was after a lost connection, without a new snapshot', async () => {
    const live = new LiveStore(emptyState(1e12));
    const asked: Asked = { watches: [], acks: [] };
    const connections: ReturnType<typeof connection>[] = [];
    session = createHostSession({
      connect: () => {
        const open = connection(clientWith(({ resume }) => live.watch(resume, undefined), asked));
        connections.push(open);
        return Promise.resolve(open);
      },
    });
    session.start();
    await reached(session, 'live');
    connections[0]?.cut();
    await reached(session, 'lost');
    expect(() => session?.client()).toThrow(/Nothing was sent/);
    live.updateHost({ demo: true });
    session.retryNow();
    await reached(session, 'live');
    const { store } = session;
    await eventually(() => expect(store.getState().live?.host.demo).toBe(true));
    expect(asked.watches).toEqual([undefined, { epoch: live.epoch, seq: expect.any(Number) }]);
    live.stop();
  });

  it('takes a new snapshot where a delta does not follow on what it holds', async () => {
    const asked: Asked = { watches: [], acks: [] };
    const state = emptyState(1e12);
    let watches = 0;
    async function* watch(): AsyncGenerator<LiveMessage, void> {
      watches += 1;
      const base = { watch: 'w', epoch: 'e' } as const;
      yield {
        type: 'snapshot',
        ...base,
        seq: watches * 10,
        state: { ...state, host: { ...state.host, demo: watches > 1 } },
      };
      if (watches === 1) yield { type: 'delta', ...base, from: 12, seq: 13, changes: [], droppedCalls: 0 };
      await new Promise(() => undefined);
    }
    const open = connection(clientWith(watch, asked));
    session = createHostSession({ connect: () => Promise.resolve(open) });
    session.start();
    const { store } = session;
    await eventually(() => expect(store.getState().live?.host.demo).toBe(true));
    expect(asked.watches).toEqual([undefined, undefined]);
    expect(asked.acks).toEqual([10, 20]);
  });

  it('notices a tunnel that died without a word, closes it and comes back', async () => {
    const live = new LiveStore(emptyState(1e12));
    const asked: Asked = { watches: [], acks: [] };
    let silent = false;
    const connections: ReturnType<typeof connection>[] = [];
    session = createHostSession({
      connect: () => {
        // Once the first tunnel dies, nothing in it is answered and nothing ends.
        const inFirst = connections.length === 0;
        const client = clientWith(
          ({ resume }) => live.watch(resume, undefined),
          asked,
          () => inFirst && silent,
        );
        const open = connection(client, true);
        connections.push(open);
        return Promise.resolve(open);
      },
      rhythm: { everyMs: 20, deadlineMs: 100 },
    });
    session.start();
    await reached(session, 'live');
    await eventually(() => expect(asked.acks.length).toBeGreaterThan(3));
    expect(connections).toHaveLength(1);
    silent = true;
    await reached(session, 'lost');
    expect(session.store.getState().link).toMatchObject({ reason: 'The host no longer answers.' });
    expect(connections[0]?.close).toHaveBeenCalled();
    await reached(session, 'live');
    expect(connections).toHaveLength(2);
    live.stop();
  });

  it('asks nothing of a connection that cannot fall silent, nor of one that has ended', async () => {
    vi.useFakeTimers();
    try {
      for (const canFallSilent of [true, false]) {
        const asked: Asked = { watches: [], acks: [] };
        const watch: Watch = async function* () {
          yield { type: 'snapshot', watch: 'w', epoch: 'e', seq: 7, state: emptyState(1e12) };
          await new Promise(() => undefined);
        };
        const open = connection(clientWith(watch, asked), canFallSilent);
        session = createHostSession({ connect: () => Promise.resolve(open) });
        session.start();
        await vi.advanceTimersByTimeAsync(60_000);
        expect(asked.acks).toEqual(canFallSilent ? [7, 7, 7, 7] : [7]);
        session.stop();
        await vi.advanceTimersByTimeAsync(60_000);
        expect(asked.acks).toHaveLength(canFallSilent ? 4 : 1);
        expect(vi.getTimerCount()).toBe(0);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('stops trying where the host does not let it in', async () => {
    let attempts = 0;
    session = createHostSession({
      connect: () => {
        attempts += 1;
        return Promise.reject(new ConnectionRefused('This page is not signed in.'));
      },
    });
    session.start();
    await reached(session, 'refused');
    expect(attempts).toBe(1);
  });
});
