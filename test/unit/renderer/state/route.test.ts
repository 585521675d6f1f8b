import { describe, expect, it } from 'vitest';
import { href, parseRoute, USE_INVITE } from '../../../../renderer/state/route.ts';

describe('an address within the interface', () => {
  it('is a page and what is selected on it', () => {
    const selected = { page: 'peers', invite: null };
    expect(parseRoute('#/peers/12D3/my%2Fagent')).toEqual({ ...selected, rest: ['12D3', 'my/agent'] });
    expect(parseRoute(href('peers', 'a', 'x/y %'))).toEqual({ ...selected, rest: ['a', 'x/y %'] });
  });

  it('is the overview where it is unknown or broken', () => {
    for (const hash of ['', '#', '#/nowhere', '#/%E0%A4%A']) expect(parseRoute(hash).page).toBe('overview');
  });

  it('keeps an invite apart from what is selected', () => {
    const text = 'gatehouse://invite/abc_-1?x=%20';
    expect(parseRoute(href('peers', USE_INVITE, text))).toEqual({
      page: 'peers',
      rest: [USE_INVITE],
      invite: text,
    });
    expect(parseRoute(href('peers', USE_INVITE)).invite).toBeNull();
  });
});
