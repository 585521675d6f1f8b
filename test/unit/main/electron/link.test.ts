import { describe, expect, it } from 'vitest';
import { parseLink } from '../../../../main/electron/link.ts';
import { Page } from '../../../../shared/pages.ts';

describe('a gatehouse:// link', () => {
  it.each(Page.options)('shows the page %s of the interface', (page) => {
    expect(parseLink(`gatehouse://show/${page}`)).toBe(page);
    expect(parseLink(`GATEHOUSE://Show/${page}/`)).toBe(page);
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
  ])('does nothing with %j', (link) => {
    expect(parseLink(link)).toBeNull();
  });
});
