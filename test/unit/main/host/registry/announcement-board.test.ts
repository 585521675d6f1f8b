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
/** Who passes on what others say. */
const near = (await newIdentity()).peerId;
const far = (await newIdentity()).peerId;
const strangers = await Promise.all(Array.from({ length: 300 }, newIdentity));

const said = (sequence: number, name = agent, identity = other): string =>
  announce(
    { agent: name, description: '', version: '1', tools: [], tags: [] },
    { sequence, now: NOW },
    identity,
  );

function board(): {
  board: AnnouncementBoard;
  blocked: Set<PeerId>;
  contacts: Set<PeerId>;
  chosen: Set<PeerId>;
  changes: string[];
} {
  const blocked = new Set<PeerId>();
  const contacts = new Set<PeerId>();
  const chosen = new Set<PeerId>();
  const changes: string[] = [];
  return {
    blocked,
    contacts,
    chosen,
    changes,
    board: new AnnouncementBoard({
      own: me.peerId,
      isBlocked: (peerId) => blocked.has(peerId),
      isContact: (peerId) => contacts.has(peerId),
      isChosen: (peerId) => chosen.has(peerId),
      onChange: (_, name) => changes.push(name),
    }),
  };
}

describe('the board of announcements', () => {
  it('takes what is newer, and nothing twice', () => {
    const { board: one } = board();
    expect(one.take(said(5), near, NOW)).toBe('accept');
    expect(one.take(said(5), near, NOW)).toBe('known');
    expect(one.take(said(4), near, NOW)).toBe('ignore');
    expect(one.take(said(6), near, NOW)).toBe('accept');
    expect(one.texts()).toStrictEqual([said(6)]);
  });

  it('does not let an old announcement rise from its grave', () => {
    const { board: one } = board();
    one.take(said(5), near, NOW);
    const gone = tombstone(agent, { sequence: 6, now: NOW }, other);
    expect(one.take(gone, near, NOW)).toBe('accept');
    expect(one.take(said(5), near, NOW)).toBe('ignore');
    expect(one.of(other.peerId, agent)?.said.gone).toBe(true);
    expect(one.texts()).toStrictEqual([gone]);
  });

  it('blames who passes on what is forged, but not who is late', () => {
    const { board: one } = board();
    expect(one.take('nonsense', near, NOW)).toBe('reject');
    expect(one.take(said(5).replace(/.{6}$/, 'AAAAAA'), near, NOW)).toBe('reject');
    expect(one.take(said(5), near, NOW + ANNOUNCEMENT_LIFETIME_MS)).toBe('ignore');
  });

  it('does not listen to itself, nor to who is blocked', () => {
    const { board: one, blocked } = board();
    expect(one.take(said(5, agent, me), near, NOW)).toBe('known');
    blocked.add(other.peerId);
    expect(one.take(said(5), near, NOW)).toBe('known');
    expect(one.texts()).toStrictEqual([]);
  });

  it('forgets what is over, and a peer as a whole', () => {
    const { board: one, changes } = board();
    one.take(said(5), near, NOW);
    one.sweep(NOW + ANNOUNCEMENT_LIFETIME_MS - 1);
    expect(one.texts()).toHaveLength(1);
    one.sweep(NOW + ANNOUNCEMENT_LIFETIME_MS);
    expect(one.texts()).toHaveLength(0);
    one.take(said(6), near, NOW);
    one.forgetPeer(other.peerId);
    expect(one.texts()).toHaveLength(0);
    expect(changes).toStrictEqual([agent, agent, agent, agent]);
  });

  it('keeps no more than 32 agents of one peer', () => {
    const { board: one } = board();
    const verdicts = Array.from({ length: 40 }, (_, at) =>
      one.take(said(at, AgentName.parse(`agent-${at}`)), near, NOW),
    );
    expect(verdicts.filter((verdict) => verdict === 'accept')).toHaveLength(32);
  });

  it('passes on no more than 120 of one peer in ten minutes', () => {
    const { board: one } = board();
    const verdicts = Array.from({ length: 130 }, (_, at) => one.take(said(at), near, NOW));
    expect(verdicts.filter((verdict) => verdict === 'accept')).toHaveLength(120);
    expect(one.take(said(500), near, NOW + 10 * 60_000)).toBe('accept');
  });

  it('hears of 256 new agents from one neighbour in ten minutes, and of 4,000 from one that a person chose', () => {
    const { board: one, chosen } = board();
    const verdicts = strangers.map((identity) => one.take(said(1, agent, identity), near, NOW));
    expect(verdicts.filter((verdict) => verdict === 'accept')).toHaveLength(256);
    // What is known already may change, and others may still tell.
    expect(one.take(said(2, agent, strangers[0]), near, NOW)).toBe('accept');
    expect(one.take(said(1, agent, strangers[299]), far, NOW)).toBe('accept');
    expect(one.take(said(1, agent, strangers[298]), near, NOW + 10 * 60_000)).toBe('accept');
    const { board: another, chosen: hubs } = board();
    hubs.add(near);
    expect(
      strangers.every((identity) => another.take(said(1, agent, identity), near, NOW) === 'accept'),
    ).toBe(true);
    expect(chosen.size).toBe(0);
  });

  it('forgets first what the neighbour told that told most, and what contacts say last', () => {
    const { board: one, contacts, chosen } = board();
    const [friend, elsewhere] = strangers;
    contacts.add(friend?.peerId ?? near);
    expect(one.take(said(1, agent, friend), near, NOW)).toBe('accept');
    expect(one.take(said(1, agent, elsewhere), far, NOW)).toBe('accept');
    chosen.add(near);
    const flood = strangers
      .slice(2)
      .flatMap((identity) =>
        Array.from({ length: 24 }, (_, at) => said(1, AgentName.parse(`a${at}`), identity)),
      );
    const taken = (from: PeerId, texts: readonly string[]): void => {
      for (const text of texts) one.take(text, from, NOW);
    };
    taken(near, flood.slice(0, 3990));
    chosen.clear();
    // Many neighbours that nobody chose fill what is left, and more.
    for (let at = 0; at < 10; at += 1) {
      const from = strangers[280 + at]?.peerId ?? near;
      taken(from, flood.slice(4000 + at * 200, 4200 + at * 200));
    }
    expect(one.texts()).toHaveLength(5000);
    expect(one.of(friend?.peerId ?? near, agent)).toBeDefined();
    expect(one.of(elsewhere?.peerId ?? near, agent)).toBeDefined();
  });

  it('holds 8 MiB of texts at most', () => {
    const { board: one, chosen } = board();
    chosen.add(near);
    const tools = Array.from({ length: 30 }, (_, at) => `${at}`.padEnd(180, 'x'));
    for (const identity of strangers.slice(0, 40)) {
      for (let at = 0; at < 32; at += 1) {
        const name = AgentName.parse(`a${at}`);
        const facts = { agent: name, description: '', version: '1', tools, tags: [] };
        one.take(announce(facts, { sequence: 1, now: NOW }, identity), near, NOW);
      }
    }
    const bytes = one.texts().reduce((sum, text) => sum + text.length, 0);
    expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(bytes).toBeGreaterThan(8 * 1024 * 1024 - 8192);
  });

  it('does not verify what is over, known or too much', () => {
    const { board: one } = board();
    const forged = (text: string): string => text.replace(/.{6}$/, 'AAAAAA');
    one.take(said(5), near, NOW);
    expect(one.take(forged(said(5)), near, NOW)).toBe('ignore');
    expect(one.take(forged(said(6)), near, NOW + ANNOUNCEMENT_LIFETIME_MS)).toBe('ignore');
    expect(one.take(forged(said(6)), near, NOW)).toBe('reject');
  });
});
