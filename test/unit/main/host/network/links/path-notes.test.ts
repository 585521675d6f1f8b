import { describe, expect, it } from 'vitest';
import { pathNote } from '../../../../../../main/host/network/links/path-notes.ts';
import type { PathFacts } from '../../../../../../main/host/network/links/path-notes.ts';
import { NatMapping } from '../../../../../../shared/reachability.ts';

const facts: PathFacts = {
  path: 'relayed',
  isTrying: false,
  ours: 'same',
  theirs: 'same',
  punch: 'failed',
};

describe('why a peer is reached as it is', () => {
  it('needs no words where no relay is between', () => {
    for (const path of ['lan', 'direct', 'punched', 'legacy'] as const)
      expect(pathNote({ ...facts, path })).toBeNull();
  });

  it.each([
    [{ isTrying: true }, /^A better path is being tried/],
    [{ ours: 'varies', theirs: 'varies' }, /^Both routers use a new port for each connection/],
    [{ ours: 'varies', theirs: 'unknown' }, /^Your router uses a new port/],
    [{ theirs: 'varies' }, /^The other side's router uses a new port/],
    [{ ours: 'blocked', theirs: 'varies' }, /^UDP does not get out of your network/],
    [{ theirs: 'blocked' }, /^UDP does not get out of the other side's network/],
    [{ punch: 'not-there' }, /^The other side cannot punch holes/],
    [{ punch: 'not-here' }, /^This machine cannot punch holes/],
    [{ punch: 'failed' }, /no hole could be punched/],
    [{ punch: null }, /^No address of the other side answers from here/],
  ] as const)('says of %o what is known of it', (more, words) => {
    expect(pathNote({ ...facts, ...more })).toMatch(words);
  });

  it('is one sentence that says how calls go, whatever is known', () => {
    for (const ours of NatMapping.options)
      for (const theirs of NatMapping.options)
        for (const punch of ['failed', 'not-there', 'not-here', null] as const)
          for (const isTrying of [true, false])
            expect(pathNote({ path: 'relayed', isTrying, ours, theirs, punch })).toMatch(
              /^[A-Z][^.]*calls go through the relay[^.]*\.$/,
            );
  });
});
