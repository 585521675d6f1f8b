import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import { LegacyOffers } from '../../../../../../main/host/network/switching/legacy-offers.ts';
import { KnownFacts } from '../../../../../../main/host/network/switching/peer-facts.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

let ids: PeerId[] = [];
beforeAll(async () => {
  const keys = await Promise.all(Array.from({ length: 40 }, () => generateKeyPair('Ed25519')));
  ids = keys.map((key) => PeerId.parse(peerIdFromPrivateKey(key).toString()));
});
const idAt = (at: number): PeerId => PeerId.parse(ids[at]);
const ben = (): PeerId => idAt(0);

const linkedAt = { libp2p: null, websocket: null };
function offers(
  remembered: Partial<{ speaksGatehouse: boolean; lastLinkedAt: typeof linkedAt }> | null = null,
) {
  const facts = new KnownFacts(
    remembered === null
      ? []
      : [
          {
            peerId: ben(),
            choice: null,
            legacyAllowed: false,
            speaksGatehouse: false,
            lastLinkedAt: linkedAt,
            ...remembered,
          },
        ],
  );
  const peers = new PeerTable(
    () => undefined,
    () => true,
    (peerId) => facts.of(peerId),
  );
  return { peers, offers: new LegacyOffers(peers) };
}

afterEach(() => void vi.useRealTimers());

describe('an answer in plain text', () => {
  it('marks who was dialled, until nobody repeats it', () => {
    vi.useFakeTimers();
    const { peers, offers: made } = offers();
    made.add(ben(), true);
    expect(peers.all()).toMatchObject([{ peerId: ben(), legacy: 'offered' }]);
    vi.advanceTimersByTime(20 * 60_000);
    made.add(ben(), true);
    vi.advanceTimersByTime(20 * 60_000);
    expect(peers.all()).toMatchObject([{ legacy: 'offered' }]);
    vi.advanceTimersByTime(11 * 60_000);
    expect(peers.all()).toMatchObject([{ legacy: 'unknown' }]);
    made.stop();
  });

  it.each([true, false])('says nothing of who has spoken Gatehouse (named: %s)', (isNamed) => {
    const { peers, offers: made } = offers({ speaksGatehouse: true });
    made.add(ben(), isNamed);
    expect(peers.all()).toEqual([]);
    const peer = peers.see(ben(), 'contact');
    made.add(ben(), isNamed);
    expect(peer.facts.legacyOffered).toBe(false);
    made.stop();
  });

  it('at an address without an id says nothing of who was linked before', () => {
    const { peers, offers: made } = offers({ lastLinkedAt: { ...linkedAt, libp2p: 1 as never } });
    made.add(ben(), false);
    expect(peers.all()).toEqual([]);
    made.stop();
  });

  it('at addresses without an id makes a few peers only', () => {
    const { peers, offers: made } = offers();
    for (const peerId of ids) made.add(peerId, false);
    expect(peers.all()).toHaveLength(16);
    made.add(idAt(30), true);
    expect(peers.all()).toHaveLength(17);
    made.stop();
    peers.flush();
  });
});
