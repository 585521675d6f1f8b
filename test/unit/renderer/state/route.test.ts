import { describe, expect, it } from 'vitest';
import { href, parseRoute } from '../../../../renderer/state/route.ts';

describe('an address within the interface', () => {
  it('is a page and what is selected on it', () => {
    expect(parseRoute('#/peers/12D3/my%2Fagent')).toMatchObject({ page: 'peers', rest: ['12D3', 'my/agent'] });
    expect(parseRoute(href('peers', 'a', 'x/y %'))).toMatchObject({ page: 'peers', rest: ['a', 'x/y %'] });
  });

  it('is the overview where it is unknown or broken', () => {
    for (const hash of ['', '#', '#/nowhere', '#/%E0%A4%A']) expect(parseRoute(hash).page).toBe('overview');
  });
});
