import { describe, expect, it } from 'vitest';
import { MAX_LINKS } from '../../../../../../main/host/network/limits.ts';
import { placeFor, type Placed } from '../../../../../../main/host/network/websocket/places.ts';
import {
  MAX_LINKS_OF_STRANGERS,
  MAX_STRANGERS_PER_SOURCE,
  STRANGER_IDLE_MS,
} from '../../../../../../main/host/network/websocket/wire-limits.ts';

interface TestLink extends Placed {
  readonly isKept: boolean;
}

const link = (source: string, more: Partial<TestLink> = {}): TestLink => ({
  direction: 'inbound',
  source,
  idleMs: 0,
  isKept: false,
  ...more,
});
const many = (count: number, make: (at: number) => TestLink): TestLink[] =>
  Array.from({ length: count }, (_, at) => make(at));
const place = (links: readonly TestLink[], source = '192.0.2.1', isKept = false) =>
  placeFor({ isKept, source, links, isLinkKept: (one) => one.isKept });

const IDLE = STRANGER_IDLE_MS;

describe('a place', () => {
  it('is there for strangers of one machine a few times, and for others still', () => {
    const links = many(MAX_STRANGERS_PER_SOURCE, () => link('192.0.2.1'));
    expect(place(links)).toBeNull();
    expect(place(links.slice(1))).toEqual({ evict: null });
    expect(place(links, '192.0.2.2')).toEqual({ evict: null });
    expect(place(links, '192.0.2.1', true)).toEqual({ evict: null });
  });

  it('of a machine that has all of its own becomes free of who was idle there for longest', () => {
    const longest = link('192.0.2.1', { idleMs: IDLE + 2 });
    const links = [
      ...many(MAX_STRANGERS_PER_SOURCE - 2, () => link('192.0.2.1')),
      link('192.0.2.1', { idleMs: IDLE }),
      longest,
      link('192.0.2.2', { idleMs: IDLE * 9 }),
    ];
    expect(place(links)?.evict).toBe(longest);
    expect(place(links.map((one) => ({ ...one, idleMs: IDLE - 1 })))).toBeNull();
  });

  it('is kept for contacts where strangers from everywhere have the rest', () => {
    const strangers = many(MAX_LINKS_OF_STRANGERS, (at) => link(`192.0.2.${at}`));
    expect(place(strangers, '203.0.113.1')).toBeNull();
    expect(place(strangers, '203.0.113.1', true)).toEqual({ evict: null });
  });

  it('becomes free of the crowd first', () => {
    const crowd = many(20, (at) => link('192.0.2.200', { idleMs: IDLE + at }));
    const single = many(MAX_LINKS_OF_STRANGERS - 20, (at) => link(`192.0.2.${at}`, { idleMs: IDLE * 5 }));
    expect(place([...single, ...crowd], '203.0.113.1')?.evict).toBe(crowd[19]);
  });

  it('becomes free of a stranger for a contact, and never of a contact, or of whom we dialled', () => {
    const contacts = many(MAX_LINKS - 2, () => link('192.0.2.1', { isKept: true, idleMs: IDLE * 9 }));
    const dialled = link('192.0.2.2', { direction: 'outbound', idleMs: IDLE * 9 });
    const stranger = link('192.0.2.3');
    expect(place([...contacts, dialled, stranger], '192.0.2.1', true)?.evict).toBe(stranger);
    expect(place([...contacts, dialled, stranger], '192.0.2.9')).toBeNull();
    expect(place([...contacts, dialled, dialled], '192.0.2.1', true)).toBeNull();
  });
});
