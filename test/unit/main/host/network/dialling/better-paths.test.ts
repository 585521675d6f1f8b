import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Connection } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BetterPaths } from '../../../../../../main/host/network/dialling/better-paths.ts';
import { NetworkError } from '../../../../../../main/host/network/errors.ts';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import type { Link, PeerRecord } from '../../../../../../main/host/network/links/peer-table.ts';
import { PeerId } from '../../../../../../shared/ids.ts';
import type { Path } from '../../../../../../shared/peers.ts';
import type { NatMapping } from '../../../../../../shared/reachability.ts';

const ids = await Promise.all(
  Array.from({ length: 6 }, async () =>
    PeerId.parse(peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()),
  ),
);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Try {
  readonly kind: 'direct' | 'punch';
  readonly at: number;
  readonly ours: boolean;
  readonly signal: AbortSignal;
  readonly end: PromiseWithResolvers<Connection>;
}

/** Links as a test says, and tries that end as it says. */
class Scene {
  readonly tries: Try[] = [];
  readonly best = new Map<PeerId, Link>();
  readonly peers = new PeerTable(
    () => undefined,
    () => true,
  );
  readonly paths: BetterPaths;
  isWanted = true;
  isOurs = true;
  mapping: NatMapping = 'unknown';

  constructor() {
    this.paths = new BetterPaths({
      peers: this.peers,
      // Only these are asked of the links, the reach and the punching.
      links: { best: (peerId) => this.best.get(peerId) },
      reach: { better: (_, ours, signal) => this.#begin('direct', ours, signal) },
      punching: { punch: (_, signal) => this.#begin('punch', true, signal) },
      wanted: () => this.isWanted,
      isOurs: () => this.isOurs,
      mapping: () => this.mapping,
    });
  }

  #begin(kind: Try['kind'], ours: boolean, signal: AbortSignal): Promise<Connection> {
    const end = Promise.withResolvers<Connection>();
    signal.addEventListener('abort', () => end.reject(new NetworkError('TIMEOUT', 'Aborted.')));
    this.tries.push({ kind, at: Date.now(), ours, signal, end });
    return end.promise;
  }

  peer(at = 0): { id: PeerId; record: PeerRecord } {
    const id = ids[at];
    if (id === undefined) throw new Error('There are not so many peers.');
    return { id, record: this.peers.see(id, 'contact') };
  }

  link(
    id: PeerId,
    path: Path,
    direction: Connection['direction'] = 'outbound',
  ): Link & { connection: Connection } {
    const connection = { direction, status: 'open' };
    const link = {
      // Nothing else of it is looked at.
      connection: connection as Connection,
      path,
      transport: path === 'punched' ? ('webrtc' as const) : ('tcp' as const),
      address: '',
      since: 0,
      dialledBySmaller: true,
      fading: false,
      leaving: false,
      asksOnly: false,
      rttMs: null,
      welcome: Promise.withResolvers<boolean>(),
    };
    this.best.set(id, link);
    this.paths.look(id);
    return link;
  }

  kinds(): string[] {
    return this.tries.map(({ kind }) => kind);
  }

  /** All that are under way fail. */
  async fail(): Promise<void> {
    for (const { end } of this.tries) end.reject(new NetworkError('UNREACHABLE', 'No.'));
    await vi.advanceTimersByTimeAsync(0);
  }

  async succeed(kind: Try['kind'], id: PeerId, path: Path): Promise<void> {
    const link = this.link(id, path);
    this.tries.findLast((one) => one.kind === kind)?.end.resolve(link.connection);
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe('a peer that is reached by way of a relay', () => {
  it('is tried at its addresses and by WebRTC at once, as soon as it has told them', async () => {
    const scene = new Scene();
    const { id, record } = scene.peer();
    scene.link(id, 'relayed');
    expect(record.pathNote).toMatch(/better path is being tried/);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.kinds()).toEqual([]);
    scene.paths.learned(id, true);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.kinds().toSorted()).toEqual(['direct', 'punch']);
    await scene.succeed('punch', id, 'punched');
    expect(record.pathNote).toBeNull();
    scene.paths.stop();
    await scene.fail();
    scene.peers.flush();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is tried all the same when it tells nothing', async () => {
    const scene = new Scene();
    scene.link(scene.peer().id, 'relayed');
    await vi.advanceTimersByTimeAsync(2000);
    expect(scene.kinds()).toHaveLength(2);
  });

  it('is punched by the side that went to the relay, and dialled by both', async () => {
    const scene = new Scene();
    scene.link(scene.peer().id, 'relayed', 'inbound');
    await vi.advanceTimersByTimeAsync(2000);
    expect(scene.kinds()).toEqual(['direct']);
  });

  it('is not punched any more once it is linked directly', async () => {
    const scene = new Scene();
    const { id } = scene.peer();
    scene.link(id, 'relayed');
    await vi.advanceTimersByTimeAsync(2000);
    await scene.succeed('direct', id, 'direct');
    expect(scene.tries.find(({ kind }) => kind === 'punch')?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(scene.tries).toHaveLength(2);
  });

  it('is tried again after 10 s, 30 s, 2 min and 5 min, and then every 5 min', async () => {
    const scene = new Scene();
    const { id, record } = scene.peer();
    scene.link(id, 'relayed');
    scene.paths.learned(id, true);
    await vi.advanceTimersByTimeAsync(0);
    const pauses: number[] = [];
    let before = Date.now();
    for (let round = 0; round < 6; round += 1) {
      await scene.fail();
      expect(record.pathNote).toMatch(/no hole could be punched/);
      const { length } = scene.tries;
      await vi.advanceTimersToNextTimerAsync();
      while (scene.tries.length === length) await vi.advanceTimersToNextTimerAsync();
      pauses.push((Date.now() - before) / 1000);
      before = Date.now();
    }
    expect(pauses).toEqual([10, 30, 120, 300, 300, 300]);
  });

  it('is tried again soon when our own network has changed, or is known better', async () => {
    const scene = new Scene();
    const { id, record } = scene.peer();
    scene.link(id, 'relayed');
    await vi.advanceTimersByTimeAsync(2000);
    await scene.fail();
    scene.mapping = 'varies';
    scene.paths.hurryAll();
    await vi.advanceTimersByTimeAsync(3000);
    expect(scene.tries).toHaveLength(4);
    await scene.fail();
    expect(record.pathNote).toMatch(/^Your router uses a new port/);
    record.natMapping = 'varies';
    scene.paths.tell(id);
    expect(record.pathNote).toMatch(/^Both routers use a new port/);
  });

  it('cannot have us dial without end by telling other addresses all the time', async () => {
    const scene = new Scene();
    const { id } = scene.peer();
    scene.link(id, 'relayed');
    for (let second = 0; second < 60; second += 1) {
      scene.paths.learned(id, true);
      await vi.advanceTimersByTimeAsync(1000);
      await scene.fail();
    }
    expect(scene.tries.filter(({ kind }) => kind === 'direct').length).toBeLessThanOrEqual(5);
  });

  it('is left alone once it is gone, or nobody wants a better path to it', async () => {
    const scene = new Scene();
    const { id, record } = scene.peer();
    scene.link(id, 'relayed');
    await vi.advanceTimersByTimeAsync(2000);
    scene.best.delete(id);
    scene.paths.look(id);
    expect(scene.tries.every(({ signal }) => signal.aborted)).toBe(true);
    expect(record.pathNote).toBeNull();
    scene.isWanted = false;
    scene.link(id, 'relayed');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(scene.tries).toHaveLength(2);
  });

  it('is told whether a person here chose it, since only then it may name our own network', async () => {
    const scene = new Scene();
    scene.isOurs = false;
    scene.link(scene.peer().id, 'relayed', 'inbound');
    await vi.advanceTimersByTimeAsync(2000);
    expect(scene.tries[0]?.ours).toBe(false);
  });
});

describe('a peer that is reached well', () => {
  it('is left alone where the link is of the best kind, and looked at rarely where not', async () => {
    const scene = new Scene();
    scene.link(scene.peer(0).id, 'lan');
    scene.link(scene.peer(1).id, 'direct');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(scene.tries).toEqual([]);
    scene.link(scene.peer(2).id, 'punched');
    for (let minute = 0; minute < 60; minute += 1) {
      await vi.advanceTimersByTimeAsync(60_000);
      await scene.fail();
    }
    expect(scene.kinds()).toEqual(['direct', 'direct', 'direct']);
  });
});

it('four peers are tried for at one time, and the others after them', async () => {
  const scene = new Scene();
  for (let at = 0; at < 6; at += 1) scene.link(scene.peer(at).id, 'relayed', 'inbound');
  await vi.advanceTimersByTimeAsync(2000);
  expect(scene.tries).toHaveLength(4);
  await scene.fail();
  expect(scene.tries).toHaveLength(6);
  scene.paths.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(scene.tries.slice(4).every(({ signal }) => signal.aborted)).toBe(true);
});
