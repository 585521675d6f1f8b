import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Links } from '../../../../../../main/host/network/links/links.ts';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import type { LinkConnection } from '../../../../../../main/host/network/transport.ts';
import type { LinkTransport, Path } from '../../../../../../shared/peers.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const [SMALLER, LARGER] = [
  '12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR',
  '12D3KooWJePmyH5GBfPkLdvUF51yRQFmf7fSkC3uTg6HvhzMnzcG',
].map((id) => PeerId.parse(id)) as [PeerId, PeerId];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A link that is as a test says, and remembers whether it was closed. */
class OpenLink {
  status = 'open';
  readonly streams: { protocol: string }[] = [];
  readonly remoteAddr = multiaddr('/ip4/127.0.0.1/tcp/1/ws');
  readonly remotePeer;
  readonly kind;
  readonly direction = 'inbound';
  asksOnly = false;
  dawn: { busy: boolean; retired: number; retire(): void } | undefined;
  /** It never goes silent. */
  readonly pulse = {
    get heardAt() {
      return performance.now();
    },
    ping: async () => 1,
  };

  constructor(peerId: PeerId, path: Path, transport: LinkTransport) {
    this.remotePeer = { toString: () => peerId };
    this.kind = { path, transport, address: '' };
  }

  roundTrip = async (): Promise<number> => 1;

  async close(): Promise<void> {
    this.status = 'closed';
  }

  abort(): void {
    this.status = 'aborted';
  }
}

/** The links of one machine, to one peer. */
function between(own: PeerId, peerId: PeerId) {
  const peers = new PeerTable(
    () => undefined,
    () => false,
  );
  const links = new Links(own, peers);
  const open = (path: Path, transport: LinkTransport, more: (link: OpenLink) => void = () => undefined) => {
    const link = new OpenLink(peerId, path, transport);
    more(link);
    links.opened(link as unknown as LinkConnection);
    return link;
  };
  const best = (): unknown => links.best(peerId)?.connection;
  return { links, open, best };
}

const asker = (link: OpenLink): void => void (link.asksOnly = true);
const toDawn = (link: OpenLink): void => {
  link.dawn = { busy: false, retired: 0, retire: () => void (link.dawn && (link.dawn.retired += 1)) };
};

describe('two links to one peer', () => {
  it('become one after ten seconds: the smaller side closes the worse', async () => {
    const { links, open } = between(SMALLER, LARGER);
    const [better, worse] = [open('lan', 'tcp'), open('lan', 'websocket')];
    await vi.advanceTimersByTimeAsync(11_000);
    expect([better.status, worse.status]).toEqual(['open', 'closed']);
    links.stop();
  });

  it.each([
    [SMALLER, LARGER],
    [LARGER, SMALLER],
  ])('stay where a Dawn-style caller opened them, who can move no call', async (own, peerId) => {
    const { links, open } = between(own, peerId);
    const all = [open('lan', 'websocket', asker), open('lan', 'websocket', asker)];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(all.map(({ status }) => status)).toEqual(['open', 'open']);
    // Nor is one of them taken for the better way to that peer.
    const legacy = open('legacy', 'websocket', toDawn);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([...all, legacy].map(({ status }) => status)).toEqual(['open', 'open', 'open']);
    links.stop();
  });
});

describe('a link to a Dawn node, once there is a better one', () => {
  it.each([
    [SMALLER, LARGER],
    [LARGER, SMALLER],
  ])('begins nothing new at once, and is closed after its last call', async (own, peerId) => {
    const { links, open, best } = between(own, peerId);
    const legacy = open('legacy', 'websocket', toDawn);
    if (legacy.dawn === undefined) throw new Error('It is one.');
    legacy.dawn.busy = true;
    expect(best()).toBe(legacy);
    const better = open('lan', 'websocket');
    expect(best()).toBe(better);
    expect(legacy.dawn.retired).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(35_000);
    expect(legacy.status).toBe('open');
    legacy.dawn.busy = false;
    await vi.advanceTimersByTimeAsync(11_000);
    expect([better.status, legacy.status]).toEqual(['open', 'closed']);
    links.stop();
  });

  it('stays where the other only asks', async () => {
    const { links, open, best } = between(SMALLER, LARGER);
    const caller = open('lan', 'websocket', asker);
    const legacy = open('legacy', 'websocket', toDawn);
    expect(best()).toBe(legacy);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([caller.status, legacy.status, legacy.dawn?.retired]).toEqual(['open', 'open', 0]);
    links.stop();
  });
});
