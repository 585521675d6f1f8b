import { expect, test, type Browser, type Page } from '@playwright/test';
import { TransportChoice } from '../../shared/transports.ts';
import type { Serving } from '../fixtures/serving.ts';
import { everything, RealHosts } from './pages/real-hosts.ts';

/**
 * The whole way, with two real hosts and a window for each: an agent is added, the other machine is met, asks to be
 * a contact, is accepted, fills in a form and calls; the person sees exactly that, allows it once, and both find the
 * call in their records. Nothing is reloaded, and it is the same whatever carries it.
 */
/** `GATEHOUSE_PICTURES=docs/images` makes the pictures of the README anew. */
const picturesOf = (transport: TransportChoice): string =>
  (transport === 'libp2p' ? process.env['GATEHOUSE_PICTURES'] : undefined) ??
  `test-results/pictures/${transport}`;

/** A window of its own; what the page complains about fails the test. */
async function open(browser: Browser, host: Serving, complaints: string[]): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(host.url);
  return page;
}

const go = (page: Page, name: string): Promise<void> =>
  page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click();

for (const transport of TransportChoice.options) {
  test.describe(`over ${transport}`, () => {
    const pictures = picturesOf(transport);
    let hosts: RealHosts;
    let ada: Serving;
    let ben: Serving;

    test.beforeAll(async () => {
      hosts = await RealHosts.make();
      const env = { TRANSPORT_TYPE: transport };
      [ada, ben] = await Promise.all([hosts.start('Ada', env), hosts.start('Ben', env)]);
    });

    test.afterAll(async () => {
      await hosts.stop();
    });

    test('a peer calls your agent’s tool, you approve it, it answers', async ({ browser }) => {
      const complaints: string[] = [];
      const a = await open(browser, ada, complaints);
      const b = await open(browser, ben, complaints);

      await test.step('Ada adds an agent, reads its whole command and confirms it', async () => {
        await go(a, 'Agents');
        await a.getByRole('button', { name: 'Add an agent' }).first().click();
        const dialog = a.getByRole('dialog', { name: 'Add an agent' });
        await dialog.getByLabel('Name').fill('everything');
        await dialog.getByLabel('Command line').fill(`"${process.execPath}" "${everything}" stdio`);
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        const confirmation = a.getByRole('region', { name: 'Confirm the command' });
        await expect(confirmation.getByRole('region', { name: 'Command line' })).toContainText(everything);
        await confirmation.getByRole('button', { name: 'Confirm and start' }).click();
        await expect(a.getByText('running').first()).toBeVisible();
      });

      await test.step('Ben connects by address and asks to be a contact', async () => {
        await go(b, 'Network');
        await b.getByLabel('Address of the other machine').fill(ada.address);
        await b.getByRole('button', { name: 'Connect' }).click();
        await go(b, 'Peers');
        await b.getByRole('row', { name: '1 unknown peer' }).click();
        await b.getByRole('row', { name: /Ada/ }).click();
        const panel = b.getByRole('complementary', { name: 'Selected peer' });
        await panel.getByRole('button', { name: 'Accept as a contact…' }).click();
        await b.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
      });

      await test.step('Ada sees the request and accepts it, under a name of her own', async () => {
        await go(a, 'Overview');
        const request = a.getByRole('article', { name: 'Contact request' });
        await expect(request).toContainText('Ben');
        await request.getByRole('button', { name: 'Accept…' }).click();
        const dialog = a.getByRole('dialog', { name: 'Accept as a contact' });
        await dialog.getByLabel('What you call it').fill('Ben at work');
        await dialog.getByRole('button', { name: 'Accept' }).click();
        await expect(request).toBeHidden();
      });

      await test.step('Ben sees what carries the link', async () => {
        const panel = b.getByRole('complementary', { name: 'Selected peer' });
        const links = panel.getByRole('list').filter({ hasText: 'you connected' });
        await expect(links).toContainText(
          transport === 'websocket' ? /WebSocket, you connected/ : /TCP, you connected/,
        );
        const known = panel.getByRole('region', { name: 'Transports' });
        await expect(known).toContainText(transport === 'websocket' ? 'WebSocket: linked' : 'libp2p: linked');
      });

      await test.step('Ben fills in the form of the tool, and waits', async () => {
        const panel = b.getByRole('complementary', { name: 'Selected peer' });
        await panel.getByRole('link', { name: /everything/ }).click();
        await b.getByRole('link', { name: /^echo/i }).click();
        await b.getByLabel(/message/i).fill('Is anybody at home?');
        await b.getByRole('button', { name: 'Call', exact: true }).click();
        await expect(b.getByText(/Waiting for their person/)).toBeVisible();
      });

      await test.step('Ada reads who asks for what, and allows it once', async () => {
        await go(a, 'Approvals');
        const card = a.getByRole('article', { name: /Ben at work.*wants to use.*everything.*echo/ });
        await expect(card).toContainText('Is anybody at home?');
        await expect(card.getByRole('button', { name: 'Allow once' })).not.toBeFocused();
        for (const colorScheme of ['light', 'dark'] as const) {
          await a.emulateMedia({ colorScheme });
          await a.screenshot({ path: `${pictures}/approval-${colorScheme}.png` });
        }
        await a.emulateMedia({ colorScheme: 'light' });
        await expect(card.getByRole('button', { name: 'Allow once' })).toBeEnabled();
        await card.getByRole('button', { name: 'Allow once' }).click();
        await expect(card).toContainText('Allowed once');
      });

      await test.step('Ben has the answer', async () => {
        await expect(b.getByText('Echo: Is anybody at home?')).toBeVisible();
        await b.screenshot({ path: `${pictures}/answer-light.png` });
      });

      await test.step('both find the call, with its decision', async () => {
        await go(a, 'Calls');
        await expect(
          a.getByRole('row', { name: /incoming Ben at work everything.*echo answered · you/ }),
        ).toBeVisible();
        await a.screenshot({ path: `${pictures}/calls-light.png` });
        await go(b, 'Calls');
        await expect(
          b.getByRole('row', { name: /outgoing .*Ada.* everything.*echo answered/ }),
        ).toBeVisible();
      });

      await test.step('a rule lets Ben use this tool unasked; another one waits on Ada’s overview', async () => {
        await go(b, 'Peers');
        await b.getByRole('row', { name: /Ada/ }).click();
        await b
          .getByRole('complementary', { name: 'Selected peer' })
          .getByRole('link', { name: /everything/ })
          .click();
        await b.getByRole('link', { name: /^echo/i }).click();
        await ask(b, 'And tomorrow?');
        await go(a, 'Approvals');
        await a.getByRole('button', { name: 'Allow for…' }).click();
        await a.getByRole('menuitem', { name: '10 minutes' }).click();
        await expect(b.getByText('Echo: And tomorrow?')).toBeVisible();
        for (const message of ['At noon?', 'Then until noon.']) {
          await ask(b, message);
          await expect(b.getByText(`Echo: ${message}`)).toBeVisible();
        }
        await b.getByRole('link', { name: /^get-sum/ }).click();
        await b.getByLabel('a', { exact: true }).fill('19');
        await b.getByLabel('b', { exact: true }).fill('23');
        await b.getByRole('button', { name: 'Call', exact: true }).click();
        await go(a, 'Overview');
        await expect(a.getByRole('link', { name: /Ben at work.*everything.*get-sum/ }).first()).toBeVisible();
        await expect(a.getByText('First steps')).toBeHidden();
        await a.setViewportSize({ width: 1280, height: 800 });
        await a.screenshot({ path: `${pictures}/overview.png` });
        await go(a, 'Approvals');
        await a
          .getByRole('article', { name: /get-sum/ })
          .getByRole('button', { name: 'Deny', exact: true })
          .click();
        await expect(b.getByText(/denied/i).first()).toBeVisible();
      });

      expect(complaints).toEqual([]);
    });
  });
}

async function ask(page: Page, message: string): Promise<void> {
  await page.getByLabel(/message/i).fill(message);
  await page.getByRole('button', { name: 'Call', exact: true }).click();
}
