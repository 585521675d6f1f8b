import { expect, it } from 'vitest';
import { pageSecret, protocolsOf, type PageWindow } from '../../../../renderer/connection/page-secret.ts';

const secret = 'S'.repeat(43);

/** A tab at an address, with the storage that it had before. */
function tab(hash: string, stored: Record<string, string> = {}) {
  const shown: string[] = [];
  const page: PageWindow = {
    location: { hash, pathname: '/', search: '' },
    history: { state: null, replaceState: (_state, _unused, url) => void shown.push(url) },
    sessionStorage: {
      getItem: (key) => stored[key] ?? null,
      setItem: (key, value) => void (stored[key] = value),
    },
  };
  return { page, shown, stored };
}

it('takes the secret out of the address bar into the storage of the tab, where a reload finds it', () => {
  const first = tab(`#session=${secret}`);
  expect(pageSecret(first.page)).toBe(secret);
  expect(first.shown).toEqual(['/']);
  const reloaded = tab('#/peers', first.stored);
  expect(pageSecret(reloaded.page)).toBe(secret);
  expect(reloaded.shown).toEqual([]);
});

it('has none in a new tab at the bare address', () => {
  expect(pageSecret(tab('').page)).toBeNull();
  expect(pageSecret(tab('#session=').page)).toBeNull();
  expect(pageSecret(tab(`#/peers/session=${secret}`).page)).toBeNull();
});

it('takes the newest: the host may have been started anew', () => {
  const { page } = tab(`#session=${secret}`, { 'gatehouse-page': 'O'.repeat(43) });
  expect(pageSecret(page)).toBe(secret);
});

it('offers what the host answers with first', () => {
  expect(protocolsOf(secret)).toEqual(['gatehouse', `gatehouse.${secret}`]);
});
