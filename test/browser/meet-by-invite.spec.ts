import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Serving } from '../fixtures/serving.ts';

/** Two real hosts that never heard of each other become contacts by one invite, made and used in their windows. */
let root: string;
let ada: Serving;
let ben: Serving;

test.beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  ada = new Serving(root, 'ada');
  ben = new Serving(root, 'ben');
  await Promise.all([ada.start('--name', 'Ada'), ben.start('--name', 'Ben')]);
});

test.afterAll(async () => {
  await Promise.all([ada.end('SIGTERM'), ben.end('SIGTERM')]);
  await rm(root, { recursive: true, force: true });
});

test('an invite makes contacts of two machines that never met', async ({ browser }) => {
  const [a, b] = await Promise.all(
    [ada, ben].map(async ({ url }) => {
      const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
      await page.goto(url);
      return page;
    }),
  );
  if (a === undefined || b === undefined) throw new Error('There are not two windows.');

  await a
    .getByRole('navigation')
    .getByRole('link', { name: /^Peers/ })
    .click();
  await a.getByRole('button', { name: 'Invite…', exact: true }).click();
  await a.getByRole('button', { name: 'Make an invite' }).click();
  // Both are on loopback only, and the invite says so before it is given away.
  await expect(a.getByRole('dialog').getByRole('alert')).toBeVisible();
  const text = await a.getByRole('region', { name: 'The invite as text' }).textContent();

  await b
    .getByRole('navigation')
    .getByRole('link', { name: /^Network/ })
    .click();
  await b.getByLabel('Address of the other machine').fill(text ?? '');
  await b.getByRole('button', { name: 'Look at it…' }).click();
  const dialog = b.getByRole('dialog', { name: 'Use an invite' });
  await expect(dialog).toContainText('“Ada”');
  await expect(dialog).toContainText(ada.peerId);
  await dialog.getByLabel('What you call it').fill('Ada’s attic');
  await dialog.getByRole('button', { name: 'Accept and connect' }).click();

  const panel = b.getByRole('complementary', { name: 'Selected peer' });
  await expect(panel).toContainText('Ada’s attic');
  await expect(panel.getByText('connected', { exact: true })).toBeVisible();
  await expect(panel).toContainText('Accepts youyes');

  await a.getByRole('button', { name: 'Make another' }).click();
  await expect(a.getByRole('dialog')).toContainText(/Used by “Ben”/);
});
