import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ReachabilityWatch } from '../../../../../main/host/reachability/reachability-watch.ts';
import type { NetworkEvents, NetworkPeer } from '../../../../../main/host/network/index.ts';
import { PeerId } from '../../../../../shared/ids.ts';
import type { Reachability, ReachEvidence, VerdictChange } from '../../../../../shared/reachability.ts';

const PEER = PeerId.parse('12D3KooWSrwLB9Y9EboqpWRaRxeDQLVczzmQUfCjV7q8FhCtyVha');
const ADDRESS = '/ip4/11.0.0.2/tcp/4001';

const bare: ReachEvidence = {
  online: true,
  addresses: [],
  routers: [],
  mapping: 'unknown',
  externalIps: [],
  relays: [],
};
const forwarded = (works: boolean): ReachEvidence => ({
  ...bare,
  addresses: [
    {
      address: ADDRESS,
      source: 'router',
      scope: 'public',
      verified: { at: 1, by: PEER },
      failed: works ? null : { at: 2, by: PEER, why: 'Nobody answered.' },
    },
  ],
});
const relayed = (state: 'reserved' | 'trying'): ReachEvidence => ({
  ...bare,
  mapping: 'same',
  relays: [{ peerId: PEER, state, since: 1, expiresAt: null, why: null }],
});

class FakeNetwork extends EventEmitter<NetworkEvents> {
  evidence = bare;
  tests = 0;
  /** What a test finds out, when it ends. */
  finds: ReachEvidence | null = null;
  fails = false;
  #release: (() => void) | null = null;
  held = false;

  reachEvidence(): ReachEvidence {
    return this.evidence;
  }

  async testReach({ signal }: { signal: AbortSignal }): Promise<string> {
    this.tests += 1;
    if (this.held) {
      await new Promise<void>((resolve, reject) => {
        this.#release = resolve;
        signal.addEventListener('abort', () => reject(new Error('Too late.')));
      });
    }
    if (this.fails) throw new Error('broken');
    if (this.finds !== null) this.evidence = this.finds;
    return 'It was tested.';
  }

  release(): void {
    this.#release?.();
  }

  say(evidence: ReachEvidence): void {
    this.evidence = evidence;
    this.emit('evidence');
  }
}

let network: FakeNetwork;
let watch: ReachabilityWatch;
let written: VerdictChange[];
let stopped: boolean;
let told: Reachability[];

beforeEach(() => {
  vi.useFakeTimers();
  network = new FakeNetwork();
  written = [];
  stopped = false;
  told = [];
  watch = new ReachabilityWatch({
    network,
    verdicts: { add: (change) => written.unshift(change), list: (limit) => written.slice(0, limit) },
    stopped: () => stopped,
  });
  watch.on('change', (value) => told.push(value));
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

const verdicts = (): string[] => written.map(({ verdict }) => verdict).toReversed();

describe('the watch over reachability', () => {
  test('says unknown until the first test has ended, then what it found', async () => {
    network.finds = forwarded(true);
    watch.start();
    expect(watch.current()).toMatchObject({ verdict: 'unknown', testing: false, testedAt: null });
    await vi.advanceTimersByTimeAsync(2000);
    expect(network.tests).toBe(1);
    expect(told.some(({ testing }) => testing)).toBe(true);
    expect(watch.current()).toMatchObject({
      verdict: 'mapped',
      testing: false,
      testResult: 'It was tested.',
    });
    expect(told.at(-1)).toEqual(watch.current());
    expect(written).toMatchObject([{ verdict: 'mapped', why: expect.stringContaining(ADDRESS) }]);
  });

  test('waits for a relay that is being asked before it says that there is none', async () => {
    network.evidence = relayed('trying');
    watch.start();
    await vi.advanceTimersByTimeAsync(9000);
    expect(watch.current()).toMatchObject({ verdict: 'unknown', testing: false });
    network.say(relayed('reserved'));
    expect(watch.current().verdict).toBe('punchable');
    expect(verdicts()).toEqual(['punchable']);
  });

  test('says in the end that there is no relay where none answers', async () => {
    network.evidence = relayed('trying');
    watch.start();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(verdicts()).toEqual(['lan-only']);
  });

  test('takes the better at once, and the worse only when it lasts', async () => {
    network.evidence = relayed('reserved');
    watch.start();
    await vi.advanceTimersByTimeAsync(3000);
    network.say(forwarded(true));
    expect(watch.current().verdict).toBe('mapped');
    network.say(relayed('reserved'));
    expect(watch.current().verdict).toBe('mapped');
    network.say(forwarded(true));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(verdicts()).toEqual(['punchable', 'mapped']);
    network.say({ ...relayed('reserved'), online: false });
    await vi.advanceTimersByTimeAsync(1000);
    expect(watch.current().verdict).toBe('mapped');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(verdicts()).toEqual(['punchable', 'mapped', 'offline']);
  });

  test('a test that finds it worse is believed at once', async () => {
    network.evidence = forwarded(true);
    watch.start();
    await vi.advanceTimersByTimeAsync(2000);
    network.finds = forwarded(false);
    await watch.test();
    expect(verdicts()).toEqual(['mapped', 'lan-only']);
  });

  test('who asks for a test while one runs shares it, and it ends in time', async () => {
    network.held = true;
    watch.start();
    const [first, second] = [watch.test(), watch.test()];
    expect(network.tests).toBe(1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await first).testResult).toBe('The test could not be finished in time.');
    expect(await second).toEqual(await first);
  });

  test('tests again when there is something to test, when somebody comes who can, and every hour', async () => {
    watch.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(network.tests).toBe(1);
    network.say(forwarded(false));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(network.tests).toBe(2);
    const peer: NetworkPeer = {
      peerId: PEER,
      foundBy: 'dialled',
      firstSeen: 1,
      lastSeen: 1,
      state: 'connected',
      nextDialAt: null,
      dialError: null,
      links: [
        {
          path: 'direct',
          transport: 'tcp',
          address: '',
          direction: 'outbound',
          since: 1,
          rttMs: null,
          relay: null,
        },
      ],
      pathNote: null,
      isRelay: null,
      addresses: [],
      software: null,
      speaksGatehouse: true,
      transportChoice: null,
      transports: [],
      fallback: null,
      legacy: 'unknown',
      dawnAgents: null,
    };
    network.emit('peer', peer);
    network.emit('peer', peer);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(network.tests).toBe(3);
    await vi.advanceTimersByTimeAsync(50 * 60_000);
    expect(network.tests).toBe(3);
    await vi.advanceTimersByTimeAsync(20 * 60_000);
    expect(network.tests).toBe(4);
  });

  test('nothing is tested while everything is stopped, and that is said', async () => {
    network.evidence = forwarded(true);
    watch.start();
    await vi.advanceTimersByTimeAsync(3000);
    stopped = true;
    network.emit('evidence');
    expect(watch.current()).toMatchObject({
      verdict: 'mapped',
      consequence: 'Everything is stopped, so nobody can reach this machine.',
    });
    await watch.test();
    await vi.advanceTimersByTimeAsync(3 * 3600_000);
    expect(network.tests).toBe(1);
    stopped = false;
    network.emit('evidence');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(network.tests).toBe(2);
    expect(watch.current().consequence).toContain('directly from anywhere');
  });

  test('leaves no timer and no listener behind', async () => {
    network.held = true;
    watch.start();
    await vi.advanceTimersByTimeAsync(2000);
    network.say(forwarded(true));
    watch.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(network.listenerCount('evidence') + network.listenerCount('peer')).toBe(0);
  });
});
