import { describe, expect, it } from 'vitest';
import { announce, tombstone } from '../../../../../main/host/registry/announcement.ts';
import { AnnouncementBoard } from '../../../../../main/host/registry/announcement-board.ts';
import { AgentName, type PeerId } from '../../../../../shared/ids.ts';
import { ANNOUNCEMENT_LIFETIME_MS } from '../../../../../shared/wire.ts';
import { newIdentity } from '../../../../integration/network-fixture.ts';

const NOW = Date.now();
const agent = AgentName.parse('weather');
const me = await newIdentity();
const other = await newIdentity();

const said = (sequence: number, name = agent, identity = other): string =>
  announce(
    { agent: name, description: '', version: '1', tools: [], tags: [] },
    { sequence, now: NOW },
    identity,
  );

function board(): { board: AnnouncementBoard; blocked: Set<PeerId>; changes: string[] } {
  const blocked = new Set<PeerId>();
  const changes: string[] = [];
  return {
    blocked,
    changes,
    board: new AnnouncementBoard({
      own: me.peerId,
      isBlocked: (peerId) => blocked.has(peerId),
      onChange: (_, name) => changes.push(name),
    }),
  };
}

describe('the board of announcements', () => {
  it('takes what is newer, and nothing twice', () => {
    const { board: one } = board();
    expect(one.take(said(5), NOW)).toBe('accept');
    expect(one.take(said(5), NOW)).toBe('ignore');
    expect(one.take(said(4), NOW)).toBe('ignore');
    expect(one.take(said(6), NOW)).toBe('accept');
    expect(one.texts()).toStrictEqual([said(6)]);
  });

  it('does not let an old announcement rise from its grave', () => {
    const { board: one } = board();
    one.take(said(5), NOW);
    const gone = tombstone(agent, { sequence: 6, now: NOW }, other);
    expect(one.take(gone, NOW)).toBe('accept');
    expect(one.take(said(5), NOW)).toBe('ignore');
    expect(one.of(other.peerId, agent)?.said.gone).toBe(true);
    expect(one.texts()).toStrictEqual([gone]);
  });

  it('blames who passes on what is forged, but not who is late', () => {
    const { board: one } = board();
    expect(one.take('nonsense', NOW)).toBe('reject');
    expect(one.take(said(5).replace(/.{6}$/, 'AAAAAA'), NOW)).toBe('reject');
    expect(one.take(said(5), NOW + ANNOUNCEMENT_LIFETIME_MS)).toBe('ignore');
  });

  it('does not listen to itself, nor to who is blocked', () => {
    const { board: one, blocked } = board();
    expect(one.take(said(5, agent, me), NOW)).toBe('ignore');
    blocked.add(other.peerId);
    expect(one.take(said(5), NOW)).toBe('ignore');
    expect(one.texts()).toStrictEqual([]);
  });

  it('forgets what is over, and a peer as a whole', () => {
    const { board: one, changes } = board();
    one.take(said(5), NOW);
    one.sweep(NOW + ANNOUNCEMENT_LIFETIME_MS - 1);
    expect(one.texts()).toHaveLength(1);
    one.sweep(NOW + ANNOUNCEMENT_LIFETIME_MS);
    expect(one.texts()).toHaveLength(0);
    one.take(said(6), NOW);
    one.forgetPeer(other.peerId);
    expect(one.texts()).toHaveLength(0);
    expect(changes).toStrictEqual([agent, agent, agent, agent]);
  });

  it('keeps no more than 32 agents of one peer', () => {
    const { board: one } = board();
    const verdicts = Array.from({ length: 40 }, (_, at) =>
      one.take(said(at, AgentName.parse(`agent-${at}`)), NOW),
    );
    expect(verdicts.filter((verdict) => verdict === 'accept')).toHaveLength(32);
  });

  it('passes on no more than 120 of one peer in ten minutes', () => {
    const { board: one } = board();
    const verdicts = Array.from({ length: 130 }, (_, at) => one.take(said(at), NOW));
    expect(verdicts.filter((verdict) => verdict === 'accept')).toHaveLength(120);
    expect(one.take(said(500), NOW + 10 * 60_000)).toBe('accept');
  });
});
