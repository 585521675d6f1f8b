import { describe, expect, it } from 'vitest';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import { KnownFacts, legacyOf } from '../../../../../../main/host/network/switching/peer-facts.ts';
import { PeerId } from '../../../../../../shared/ids.ts';
import { peerIdTextOf } from '../../../../../../shared/node-id.ts';

const peer = (number: number): PeerId => {
  const key = Buffer.alloc(32);
  key.writeUInt32BE(number);
  return PeerId.parse(peerIdTextOf(key.toString('hex')));
};

describe('that a peer has spoken Gatehouse', () => {
  it('outlasts its entry in the table of peers', () => {
    const facts = new KnownFacts([]);
    const table = new PeerTable(
      () => undefined,
      () => true,
      (peerId) => facts.of(peerId),
    );
    table.see(peer(0), 'dialled').facts.speaksGatehouse = true;
    facts.spokeGatehouse(peer(0));
    for (let number = 1; number <= 2000; number += 1) table.see(peer(number), 'gossip');
    table.flush();
    expect(table.get(peer(0))).toBeUndefined();
    expect(legacyOf(table.see(peer(0), 'dialled').facts)).toBe('not-needed');
    expect(legacyOf(table.see(peer(1), 'dialled').facts)).toBe('unknown');
    table.flush();
  });

  it('comes from the records, whatever they say of the peer otherwise', () => {
    const remembered = {
      peerId: peer(1),
      choice: null,
      legacyAllowed: true,
      speaksGatehouse: false,
      lastLinkedAt: { libp2p: null, websocket: null },
    };
    const facts = new KnownFacts([remembered], [peer(1), peer(2)]);
    expect([1, 2, 3].map((number) => legacyOf(facts.of(peer(number))))).toEqual([
      'not-needed',
      'not-needed',
      'unknown',
    ]);
  });

  it('is kept of 5,000 peers, longest of those that were met last', () => {
    const all = Array.from({ length: 5000 }, (_, number) => peer(number));
    const facts = new KnownFacts([], all);
    facts.spokeGatehouse(peer(0));
    facts.spokeGatehouse(peer(5000));
    expect([0, 1, 2, 5000].map((number) => facts.of(peer(number)).speaksGatehouse)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});
