import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IncomingSession } from '../../../../../main/host/calls/incoming-session.ts';
import type { IncomingModules } from '../../../../../main/host/calls/index.ts';
import { Strangers } from '../../../../../main/host/calls/strangers.ts';
import { Tickets } from '../../../../../main/host/calls/tickets.ts';
import type { MessageChannel } from '../../../../../main/host/network/index.ts';
import { AgentName } from '../../../../../shared/ids.ts';

/** Stands for a channel whose other side reads one line when the test says so. */
class SlowCaller {
  readonly peerId = '12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5';
  readonly heard: unknown[] = [];
  ended: 'in order' | 'cut off' | null = null;
  onLine: ((line: string) => void) | null = null;
  onClose: ((error: Error | null) => void) | null = null;
  onDrain: (() => void) | null = null;
  send(line: string): boolean {
    this.heard.push(JSON.parse(line));
    return false;
  }
  pause(): void {}
  resume(): void {}
  read(): void {
    this.onDrain?.();
  }
  close(): Promise<void> {
    this.ended ??= 'in order';
    this.onClose?.(null);
    return Promise.resolve();
  }
  abort(error: Error): void {
    this.ended ??= 'cut off';
    this.onClose?.(error);
  }
}

const modules = {
  agents: {
    request: () => ({ answer: Promise.resolve({ result: { tools: [] } }), cancel: () => undefined }),
  },
  peers: { trust: () => 'known' },
} as unknown as IncomingModules;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const ASKED = 10;
const NONSENSE = 16;

/** It has asked for ten lists, and then said so much nonsense that it is given up. */
async function givenUp(): Promise<{ caller: SlowCaller; session: IncomingSession }> {
  const caller = new SlowCaller();
  const session = new IncomingSession(
    {
      channel: caller as unknown as MessageChannel,
      agent: AgentName.parse('weather'),
      held: { bytes: 0 },
      strangers: new Strangers(),
      tickets: new Tickets(),
    },
    modules,
    { call: () => undefined, ended: () => undefined },
  );
  session.start();
  for (let id = 0; id < ASKED; id += 1)
    caller.onLine?.(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list' }));
  await vi.advanceTimersByTimeAsync(0);
  for (let line = 0; line < NONSENSE; line += 1) caller.onLine?.('nonsense');
  return { caller, session };
}

describe('a caller that is given up', () => {
  it('has all that it was owed, however slowly it reads', async () => {
    const { caller } = await givenUp();
    for (let line = 0; line < ASKED + NONSENSE; line += 1) {
      await vi.advanceTimersByTimeAsync(2000);
      expect(caller.ended).toBeNull();
      caller.read();
    }
    expect(caller.heard).toHaveLength(ASKED + NONSENSE);
    expect(caller.ended).toBe('in order');
  });

  it('is cut off where it reads nothing, or not enough in a minute', async () => {
    const { caller: silent } = await givenUp();
    await vi.advanceTimersByTimeAsync(5000);
    expect(silent.ended).toBe('cut off');
    const { caller: slow } = await givenUp();
    for (let seconds = 0; seconds < 64; seconds += 4) {
      await vi.advanceTimersByTimeAsync(4000);
      slow.read();
    }
    expect(slow.ended).toBe('cut off');
  });

  it('does not hold up a host that stops', async () => {
    const { caller, session } = await givenUp();
    const stopped = session.close();
    await vi.advanceTimersByTimeAsync(1000);
    caller.read();
    await vi.advanceTimersByTimeAsync(1000);
    expect(caller.ended).toBe('cut off');
    await stopped;
  });
});
