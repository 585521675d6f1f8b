import { describe, expect, it } from 'vitest';
import { parseLink } from '../../../../main/electron/link.ts';
import { Page } from '../../../../shared/pages.ts';

describe('a gatehouse:// link', () => {
  it.each(Page.options)('shows the page %s of the interface', (page) => {
    expect(parseLink(`gatehouse://show/${page}`)).toEqual({ page });
    expect(parseLink(`GATEHOUSE://Show/${page}/`)).toEqual({ page });
  });

  it('shows an invite to the person, as a browser or a mail may have changed it', () => {
    const there = { page: 'peers', invite: 'gatehouse://invite/AbC_-9' };
    expect(parseLink('gatehouse://invite/AbC_-9')).toEqual(there);
    expect(parseLink('Gatehouse://INVITE/AbC_-9/')).toEqual(there);
  });

  it.each([
    '',
    'https://example.org/',
    'gatehouse:',
    'gatehouse://',
    'gatehouse://show',
    'gatehouse://show/',
    'gatehouse://show/nothing',
    'gatehouse://show/__proto__',
    'gatehouse://show/../settings',
    'gatehouse://show/approvals?allow=1',
    'gatehouse://show/approvals#x',
    'gatehouse://show/approvals\n',
    'gatehouse://approve/abcd',
    'x gatehouse://show/approvals',
    `gatehouse://show/${'a'.repeat(100_000)}`,
    `gatehouse://invite/${'a'.repeat(2000)}`,
    'gatehouse://invite',
    'gatehouse://invite/',
    'gatehouse://invite/a/b',
    'gatehouse://invite/a%2Fb',
    'gatehouse://invite/a?accept=1',
    'gatehouse://invite/a#/settings',
    'gatehouse://invite/a\n',
    'gatehouse://invite/<b>',
    'gatehouse:invite/a',
  ])('does nothing with %j', (link) => {
    expect(parseLink(link)).toBeNull();
  });
});
