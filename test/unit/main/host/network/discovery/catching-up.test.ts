import { EventEmitter, once } from 'node:events';
import type { Connection, Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CatchingUp } from '../../../../../../main/host/network/discovery/catching-up.ts';
import type { AnnouncementVerdict } from '../../../../../../main/host/network/index.ts';
import type { PeerId } from '../../../../../../shared/ids.ts';
import { bob } from '../../records/setup.ts';

const answered = vi.hoisted(() => ({ texts: [] as string[] }));
vi.mock('../../../../../../main/host/network/discovery/announcements-protocol.ts', () => ({
  askForAnnouncements: () => Promise.resolve(answered.texts),
}));

/** One peer that is asked, and what is made of its answer. */
class Asked extends EventEmitter<{ done: [] }> {
  readonly looked: string[] = [];
  asks = 0;
  verdict: (text: string) => AnnouncementVerdict = () => 'known';
  readonly catchingUp = new CatchingUp({
    handlers: {
      announcement: (text: string, _from: PeerId) => {
        this.looked.push(text);
        return this.verdict(text);
      },
    },
    openStream: () => {
      this.asks += 1;
      return Promise.resolve({} as Stream);
    },
    onNews: () => this.emit('done'),
  });

  /** Links, asks, and is cut off again. */
  async link(): Promise<void> {
    const done = once(this, 'done');
    this.linkOnly();
    await done;
    this.catchingUp.left(bob);
  }

  linkOnly(): void {
    this.catchingUp.ask({ remotePeer: peerIdFromString(bob), status: 'open' } as Connection);
  }
}
const texts = (count: number): string[] => Array.from({ length: count }, (_, at) => `text ${at}`);

afterEach(() => void vi.useRealTimers());

describe('catching up', () => {
  it('lets others have their turn after every 16 announcements', async () => {
    const asked = new Asked();
    answered.texts = texts(100);
    const atTurns: number[] = [];
    let isDone = false;
    const turn = (): void => {
      if (isDone) return;
      atTurns.push(asked.looked.length);
      setImmediate(turn);
    };
    setImmediate(turn);
    await asked.link();
    isDone = true;
    expect(asked.looked).toHaveLength(100);
    const steps = atTurns.map((count, at) => count - (atTurns[at - 1] ?? 0));
    expect(Math.max(...steps)).toBe(16);
  });

  it('does not look further after 20 in a row that are good for nothing', async () => {
    const asked = new Asked();
    answered.texts = texts(1000);
    asked.verdict = (text) => (text === 'text 10' ? 'accept' : 'ignore');
    await asked.link();
    expect(asked.looked).toHaveLength(31);
  });

  it('asks a peer that comes and goes three times in five minutes', async () => {
    const asked = new Asked();
    answered.texts = [];
    vi.useFakeTimers({ toFake: ['performance'] });
    for (let at = 0; at < 3; at += 1) await asked.link();
    asked.linkOnly();
    expect(asked.asks).toBe(3);
    vi.advanceTimersByTime(5 * 60_000);
    await asked.link();
    expect(asked.asks).toBe(4);
  });

  it('does not ask again for ten minutes where something was forged', async () => {
    const asked = new Asked();
    answered.texts = texts(5);
    asked.verdict = () => 'reject';
    vi.useFakeTimers({ toFake: ['performance'] });
    await asked.link();
    expect(asked.looked).toHaveLength(1);
    vi.advanceTimersByTime(9 * 60_000);
    asked.linkOnly();
    expect(asked.asks).toBe(1);
    vi.advanceTimersByTime(60_000);
    await asked.link();
    expect(asked.asks).toBe(2);
  });
});
