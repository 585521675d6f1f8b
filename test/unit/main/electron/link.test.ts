import { describe, expect, it } from 'vitest';
import { parseLink } from '../../../../main/electron/link.ts';

const PEER = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA';

describe('a gatehouse:// link', () => {
  it('shows a page', () => {
    expect(parseLink('gatehouse://show/approvals')).toEqual({ page: 'approvals', dial: null });
    expect(parseLink('GATEHOUSE://show/peers/')).toEqual({ page: 'peers', dial: null });
  });

  it('offers an address for dialling', () => {
    const address = `/ip4/192.168.1.2/tcp/4001/p2p/${PEER}`;
    expect(parseLink(`gatehouse://dial${address}`)).toEqual({ page: 'peers', dial: address });
  });

  it.each([
    '',
    'https://example.org/',
    'gatehouse:',
    'gatehouse://',
    'gatehouse://show',
    'gatehouse://show/',
    'gatehouse://show/../settings',
    'gatehouse://show/approvals?allow=1',
    'gatehouse://approve/abcd',
    'gatehouse://dial/ip4/127.0.0.1/tcp/1',
    `gatehouse://dial/ip4/127.0.0.1/tcp/1/p2p/${PEER}x`,
    `gatehouse://dial/<b>/p2p/${PEER}`,
    `gatehouse://dial/ip4/1.2.3.4/tcp/1/p2p/${PEER}\n`,
    `gatehouse://dial/${'a/'.repeat(600)}p2p/${PEER}`,
  ])('does nothing with %j', (link) => {
    expect(parseLink(link)).toBeNull();
  });
});
