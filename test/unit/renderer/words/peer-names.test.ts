import { describe, expect, it } from 'vitest';
import { peerLabel } from '../../../../renderer/words/peer-names.ts';
import { fakePeerId } from '../../../fixtures/lively/fake-ids.ts';

const id = fakePeerId(1);

describe('the name of a peer', () => {
  it('is mine, bare, where I gave one', () => {
    expect(peerLabel({ alias: 'Ada’s laptop', name: 'ada-x1' }, id)).toBe('Ada’s laptop');
  });

  it('is its own in quotes with the end of its id, so that it cannot pass for a name of mine', () => {
    expect(peerLabel({ alias: null, name: 'Ada’s laptop' }, id)).toBe(`“Ada’s laptop” …${id.slice(-6)}`);
  });

  it('shows what would hide or reorder', () => {
    expect(peerLabel({ alias: null, name: 'a\u202Eb' }, id)).toContain('a⟨U+202E⟩b');
  });

  it('is the end of the id where there is no name', () => {
    expect(peerLabel({ alias: null, name: '' }, id)).toBe(`…${id.slice(-6)}`);
    expect(peerLabel(undefined, id)).toBe(`…${id.slice(-6)}`);
  });
});
