/** Who is let in by a browser: the tab that opened the whole address, and nothing else that runs in it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { expect, test as base } from '@playwright/test';
import { WebSocket } from 'ws';
import { LivelyHost } from '../fixtures/lively/lively-host.ts';
import { GatehousePage } from './pages/gatehouse-page.ts';

const test = base.extend<{ url: string }>({
  url: async ({}, use) => {
    const host = new LivelyHost({ fill: 'empty', lively: false });
    await use(await host.start());
    await host.stop();
  },
});

test('a reload stays signed in, and the address bar shows no secret', async ({ page, url }) => {
  const gatehouse = new GatehousePage(page);
  await gatehouse.open(url);
  expect(page.url()).toBe(new URL('/', url).href);
  await gatehouse.goTo('Peers');
  await page.reload();
  await gatehouse.rail.waitFor();
  await expect(page.getByRole('heading', { level: 1, name: 'Peers' })).toBeVisible();
});

test('a new tab at the bare address is told that it is not signed in', async ({ page, context, url }) => {
  await new GatehousePage(page).open(url);
  const tab = await context.newPage();
  await tab.goto(new URL('/', url).href);
  await expect(tab.getByRole('heading', { name: 'This page is not signed in' })).toBeVisible();
  await new GatehousePage(tab).open(url);
});

test('another server on this machine gets the cookie from the browser, and nothing for it', async ({
  page,
  context,
  url,
}) => {
  await new GatehousePage(page).open(url);
  const seen = Promise.withResolvers<IncomingHttpHeaders>();
  const other = createServer((request, response) => {
    if (request.url === '/') seen.resolve(request.headers);
    response.end('<title>Another program</title>');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const tab = await context.newPage();
    await tab.goto(`http://127.0.0.1:${port}/`);
    const { cookie = '' } = await seen.promise;
    expect(cookie).toContain('gatehouse-');
    expect(await tab.evaluate(() => sessionStorage.length)).toBe(0);

    const { origin, host } = new URL(url);
    const socket = new WebSocket(`ws://${host}/rpc`, ['gatehouse'], { headers: { cookie, origin } });
    const status = new Promise<number | undefined>((resolve, reject) => {
      socket.once('unexpected-response', (_, answer) => resolve(answer.statusCode));
      socket.once('open', () => reject(new Error('It was let in.')));
    });
    socket.on('error', () => undefined);
    expect(await status).toBe(401);
    socket.terminate();
  } finally {
    other.closeAllConnections();
    other.close();
  }
});
