import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { IncomingCalls } from '../../../../../main/host/calls/incoming-calls.ts';
import type { IncomingModules } from '../../../../../main/host/calls/index.ts';
import type { MessageChannel } from '../../../../../main/host/network/index.ts';
import { AgentName, PeerId } from '../../../../../shared/ids.ts';
import type { Trust } from '../../../../../shared/peers.ts';

const agent = AgentName.parse('weather');
const LETTERS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const peer = (at: number): PeerId =>
  PeerId.parse(`12D3Koo${'W'.repeat(43)}${LETTERS[Math.floor(at / 58)]}${LETTERS[at % 58]}`);

class Channel {
  onLine: ((line: string) => void) | null = null;
  onClose: (() => void) | null = null;
  onDrain: (() => void) | null = null;
  readonly peerId: PeerId;
  constructor(peerId: PeerId) {
    this.peerId = peerId;
  }
}

it('lets in 256 streams of strangers at a time, however many came before', () => {
  const trust = new Map<PeerId, Trust>();
  const modules = {
    agents: new EventEmitter(),
    peers: Object.assign(new EventEmitter(), {
      trust: (peerId: PeerId) => trust.get(peerId) ?? 'unknown',
    }),
  } as unknown as IncomingModules;
  const calls = new IncomingCalls(modules);
  const open = (at: number): Channel | null => {
    const accepted = calls.accept(peer(at), agent);
    if ('error' in accepted) return null;
    const channel = new Channel(peer(at));
    accepted.take(channel as unknown as MessageChannel);
    return channel;
  };
  for (let round = 0; round < 2; round += 1) {
    const channels = Array.from({ length: 256 }, (_, at) => open(at));
    expect(channels).not.toContain(null);
    expect(open(300)).toBeNull();
    // One of them became a contact meanwhile; each is counted down once, though its end is told twice.
    trust.set(peer(0), 'known');
    for (const channel of channels) {
      channel?.onClose?.();
      channel?.onClose?.();
    }
    trust.clear();
  }
});
