/** What the tests of the pages start from: FAKE hosts with made-up life, a watched console, and axe. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';
import { LivelyHost } from '../../fixtures/lively/lively-host.ts';
import { GatehousePage } from './gatehouse-page.ts';

export const test = base.extend<{
  full: LivelyHost;
  empty: LivelyHost;
  complaints: string[];
  gatehouse: GatehousePage;
}>({
  full: async ({}, use) => {
    const host = new LivelyHost({ fill: 'full', lively: false });
    await host.start();
    await use(host);
    await host.stop();
  },
  empty: async ({}, use) => {
    const host = new LivelyHost({ fill: 'empty', lively: false });
    await host.start();
    await use(host);
    await host.stop();
  },
  // Errors on the console, CSP violations among them, and uncaught ones.
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await use(complaints);
    expect(complaints).toEqual([]);
  },
  gatehouse: async ({ page }, use) => {
    await use(new GatehousePage(page));
  },
});

export const url = (host: LivelyHost): string => host.server?.url ?? '';

/** In the dark theme only the colours can differ, and the whole takes long. */
export async function expectNothingSerious(page: Page, theme: 'light' | 'dark'): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (theme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}
