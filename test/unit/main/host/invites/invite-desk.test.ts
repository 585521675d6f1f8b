import { beforeEach, describe, expect, it } from 'vitest';
import { createInvites, type Invites } from '../../../../../main/host/invites/index.ts';
import { decodeInvite } from '../../../../../main/host/invites/invite-text.ts';
import { NetworkError, type Network } from '../../../../../main/host/network/index.ts';
import type { Peers } from '../../../../../main/host/peers/index.ts';
import { RecordsError, type Records } from '../../../../../main/host/records/index.ts';
import { PeerId } from '../../../../../shared/ids.ts';
import { InviteId } from '../../../../../shared/invites.ts';
import type { PeerView, Trust } from '../../../../../shared/peers.ts';
import { unknownReachability } from '../../../../../shared/reachability.ts';
import { alice, bob, folder } from '../records/setup.ts';

const carol = PeerId.parse('12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo');
const HOUR = 60 * 60 * 1000;
const signal = new AbortController().signal;

/** As much of the rooms as the desk works with. */
interface Rooms {
  now: number;
  online: boolean;
  stopped: boolean;
  readonly trust: Map<PeerId, Trust>;
  readonly told: string[];
}
let rooms: Rooms;
beforeEach(() => {
  rooms = { now: 1_800_000_000_500, online: true, stopped: false, trust: new Map(), told: [] };
});

function deskOf(records: Records, ownPeerId = alice): Invites {
  const peers: Pick<Peers, 'trust' | 'setTrust' | 'welcome' | 'dial' | 'refresh' | 'get'> = {
    trust: (peerId) => rooms.trust.get(peerId) ?? 'unknown',
    setTrust: (peerId, trust) => {
      rooms.trust.set(peerId, trust);
      rooms.told.push(`${trust} ${peerId}`);
      return view(peerId);
    },
    welcome: (peerId, { trust, alias, addresses }) => {
      rooms.trust.set(peerId, trust);
      rooms.told.push(['welcome', peerId, trust, alias ?? '-', ...addresses].join(' '));
      return view(peerId);
    },
    dial: (address) => {
      rooms.told.push(`dial ${address}`);
      return rooms.online
        ? Promise.resolve(view(PeerId.parse(address)))
        : Promise.reject(new NetworkError('UNREACHABLE', 'Nobody answers.'));
    },
    refresh: (peerId) => {
      rooms.told.push(`refresh ${peerId}`);
      return Promise.resolve(view(peerId));
    },
    get: (peerId) => view(peerId),
  };
  const network: Pick<Network, 'reachEvidence' | 'addresses'> = {
    reachEvidence: () => unknownReachability(0).evidence,
    addresses: () => [`/ip4/192.168.1.5/tcp/4001/p2p/${ownPeerId}`],
  };
  return createInvites({
    network: network as Network,
    peers: peers as Peers,
    store: records.invites,
    facts: records.facts,
    ownPeerId,
    ownName: () => 'Desk',
    stopped: () => rooms.stopped,
    now: () => rooms.now,
  });
}
const view = (peerId: PeerId): PeerView => ({ peerId }) as PeerView;
const secretIn = (text: string): string => Buffer.from(decodeInvite(text).secret).toString('base64url');
const make = (desk: Invites, trust: 'known' | 'trusted' = 'known') => desk.create({ hours: 1, trust });

describe('an invite of ours', () => {
  it('says who we are and where, and that nobody outside can use it', async () => {
    await using at = folder();
    const desk = deskOf(await at.open());
    const made = make(desk);
    expect(made.reachableFromOutside).toBe(false);
    expect(made.warnings[0]).toMatch(/^Only machines on this network can use this invite/);
    expect(made.warnings[1]).toMatch(/relay .* router/);
    expect(desk.preview(made.text)).toEqual({
      peerId: alice,
      name: 'Desk',
      addresses: ['/ip4/192.168.1.5/tcp/4001'],
      relays: [],
      expiresAt: made.invite.expiresAt,
      expired: false,
      own: true,
    });
    expect(made.invite.expiresAt).toBe(1_800_000_000_000 + HOUR);
    expect(desk.list()).toEqual([made.invite]);
    rooms.now = made.invite.expiresAt;
    expect(desk.preview(made.text).expired).toBe(true);
  });

  it('lets in whoever brings it first, with the trust that it gives, and nobody else', async () => {
    await using at = folder();
    const records = await at.open();
    const desk = deskOf(records);
    const { text, invite } = make(desk, 'trusted');
    make(desk);
    expect(desk.redeem(secretIn(text), bob)).toBe('trusted');
    expect(rooms.told).toEqual([`welcome ${bob} trusted -`]);
    expect(desk.redeem(secretIn(text), carol)).toBeNull();
    expect(desk.redeem(secretIn(text), bob)).toBeNull();
    expect(rooms.trust.get(carol)).toBeUndefined();
    expect(desk.list().find(({ id }) => id === invite.id)).toMatchObject({ usedBy: bob, usedAt: rooms.now });
    // Nothing in the records gives the secret away.
    expect(JSON.stringify(records.invites.list())).not.toContain(secretIn(text));
  });

  it('is over when its time is, when it is withdrawn, and for the blocked and for ourselves always', async () => {
    await using at = folder();
    const desk = deskOf(await at.open());
    const [late, withdrawn, good] = [make(desk), make(desk), make(desk)];
    desk.withdraw(withdrawn.invite.id);
    expect(desk.redeem(secretIn(withdrawn.text), bob)).toBeNull();
    rooms.trust.set(carol, 'blocked');
    expect(desk.redeem(secretIn(good.text), carol)).toBeNull();
    expect(desk.redeem(secretIn(good.text), alice)).toBeNull();
    expect(desk.redeem('', bob)).toBeNull();
    expect(desk.redeem(`${secretIn(good.text)}=`, bob)).toBeNull();
    rooms.now = late.invite.expiresAt;
    expect(desk.redeem(secretIn(late.text), bob)).toBeNull();
    expect(rooms.told).toEqual([]);
    expect(() => {
      desk.withdraw(InviteId.parse('gone'));
    }).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('is not used up by who cannot be made a contact, and makes no contact where it cannot be used up', async () => {
    await using at = folder();
    const records = await at.open();
    const { use } = records.invites;
    const desk = deskOf(records);
    const { text, invite } = make(desk);
    records.invites.use = () => {
      // By now whoever brought it is written down: where the host dies here, the invite is still good.
      expect(rooms.trust.get(bob)).toBe('known');
      throw new RecordsError('DISK', 'The disk refuses.');
    };
    expect(desk.redeem(secretIn(text), bob)).toBeNull();
    expect(rooms.trust.get(bob)).toBe('unknown');
    expect(desk.list()).toEqual([invite]);
    records.invites.use = use.bind(records.invites);
    expect(desk.redeem(secretIn(text), bob)).toBe('known');
  });

  it('lets nobody in while everything is stopped', async () => {
    await using at = folder();
    const desk = deskOf(await at.open());
    const { text } = make(desk);
    rooms.stopped = true;
    expect(desk.redeem(secretIn(text), bob)).toBeNull();
    expect(rooms.told).toEqual([]);
    rooms.stopped = false;
    expect(desk.redeem(secretIn(text), bob)).toBe('known');
  });

  it('is tried five times a minute by one peer at most', async () => {
    await using at = folder();
    const desk = deskOf(await at.open());
    const { text } = make(desk);
    for (let i = 0; i < 5; i += 1) {
      expect(desk.redeem(Buffer.alloc(16, i).toString('base64url'), bob)).toBeNull();
    }
    expect(desk.redeem(secretIn(text), bob)).toBeNull();
    expect(desk.redeem(secretIn(text), carol)).toBe('known');
  });

  it('is one of 32 open ones at most, and is forgotten 30 days after it is over', async () => {
    await using at = folder();
    const records = await at.open();
    const desk = deskOf(records);
    const all = Array.from({ length: 32 }, () => make(desk));
    expect(() => make(desk)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(desk.redeem(secretIn(all[0]?.text ?? ''), bob)).toBe('known');
    make(desk);
    rooms.now += HOUR;
    expect(desk.list()).toHaveLength(33);
    rooms.now += 30 * 24 * HOUR;
    expect(desk.list()).toEqual([]);
    make(desk);
    expect(records.invites.list()).toHaveLength(1);
  });
});

describe('an invite of somebody else', () => {
  it('makes the inviter a contact, dials it and shows it the secret', async () => {
    await using at = folder();
    const records = await at.open();
    const { text } = make(deskOf(records, bob));
    const desk = deskOf(records);
    await desk.accept(`  ${text}\n`, { trust: 'trusted', alias: 'Ben' }, signal);
    expect(rooms.told).toEqual([
      `welcome ${bob} trusted Ben /ip4/192.168.1.5/tcp/4001`,
      `dial ${bob}`,
      `refresh ${bob}`,
    ]);
    expect(desk.secretFor(bob)).toBe(secretIn(text));
    desk.shown(bob, 'another');
    expect(desk.secretFor(bob)).toBe(secretIn(text));
    desk.shown(bob, secretIn(text));
    expect(desk.secretFor(bob)).toBeNull();
  });

  it('is shown later where the inviter is away, over a restart too, until its time is over', async () => {
    await using at = folder();
    const records = await at.open();
    const { text, invite } = make(deskOf(records, bob));
    rooms.online = false;
    await expect(deskOf(records).accept(text, { trust: 'known' }, signal)).resolves.toMatchObject({
      peerId: bob,
    });
    expect(rooms.trust.get(bob)).toBe('known');
    await records.close();
    const desk = deskOf(await at.open());
    expect(desk.secretFor(bob)).toBe(secretIn(text));
    expect(desk.secretFor(carol)).toBeNull();
    rooms.now = invite.expiresAt;
    expect(desk.secretFor(bob)).toBeNull();
  });

  it('is refused where it cannot be used, and nothing is done then', async () => {
    await using at = folder();
    const records = await at.open();
    const desk = deskOf(records);
    const refused = (text: string) => desk.accept(text, { trust: 'known' }, signal);
    await expect(refused(make(desk).text)).rejects.toMatchObject({ code: 'INVALID' });
    await expect(refused('gatehouse://invite/AAAA')).rejects.toMatchObject({ code: 'INVALID' });
    const { text, invite } = make(deskOf(records, bob));
    rooms.trust.set(bob, 'blocked');
    await expect(refused(text)).rejects.toMatchObject({ code: 'CONFLICT' });
    rooms.trust.delete(bob);
    rooms.now = invite.expiresAt;
    await expect(refused(text)).rejects.toMatchObject({ code: 'EXPIRED' });
    expect(rooms.told).toEqual([]);
    expect(desk.secretFor(bob)).toBeNull();
  });
});
