import type { Locator, Page } from '@playwright/test';

export const PAGE_NAMES = [
  'Overview',
  'Peers',
  'Agents',
  'Approvals',
  'Calls',
  'Network',
  'Compare',
  'Rules',
  'Settings',
] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** The interface as a person meets it: by what things are called. */
export class GatehousePage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the address that the host printed and waits for the first snapshot. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.rail.waitFor();
  }

  get rail(): Locator {
    return this.page.getByRole('navigation', { name: 'Pages' });
  }

  async goTo(name: PageName): Promise<void> {
    await this.rail.getByRole('link', { name: new RegExp(`^${name}`) }).click();
    await this.page.getByRole('heading', { level: 1, name }).waitFor();
  }

  /** The card of a waiting call, by any text of its heading. */
  approval(text: string | RegExp): Locator {
    return this.page.getByRole('article').filter({ has: this.page.getByRole('heading', { name: text }) });
  }

  async allowOnce(text: string | RegExp): Promise<void> {
    await this.approval(text).getByRole('button', { name: 'Allow once' }).click();
  }

  /** `how` as the menu says it: `10 minutes`, `1 hour`, `1 day`, `Until I quit`, `Always`. */
  async allowFor(text: string | RegExp, how: string): Promise<void> {
    await this.approval(text).getByRole('button', { name: 'Allow for…' }).click();
    await this.page.getByRole('menuitem', { name: how }).click();
  }

  async deny(text: string | RegExp): Promise<void> {
    await this.approval(text).getByRole('button', { name: 'Deny', exact: true }).click();
  }

  /** Adds an agent and leaves its panel open, with the command to be confirmed. */
  async addAgent(name: string, commandLine: string): Promise<void> {
    await this.goTo('Agents');
    await this.page.getByRole('button', { name: 'Add an agent' }).first().click();
    const dialog = this.page.getByRole('dialog', { name: 'Add an agent' });
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Command line').fill(commandLine);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  get confirmCommand(): Locator {
    return this.page.getByRole('region', { name: 'Confirm the command' });
  }

  /** Accepts the contact request that is shown first. */
  async acceptRequest(alias: string): Promise<void> {
    const request = this.page.getByRole('article', { name: 'Contact request' }).first();
    await request.getByRole('button', { name: 'Accept…' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Accept as a contact' });
    await dialog.getByLabel('What you call it').fill(alias);
    await dialog.getByRole('button', { name: 'Accept' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  get peerList(): Locator {
    return this.page.getByRole('grid', { name: 'Peers' });
  }

  get callTable(): Locator {
    return this.page.getByRole('grid', { name: 'Calls' });
  }

  /** From the peers to the form of one tool of a peer's agent. */
  async openTool(peer: string, agent: string, tool: string): Promise<void> {
    await this.goTo('Peers');
    await this.peerList.getByRole('row').filter({ hasText: peer }).first().click();
    const panel = this.page.getByRole('complementary', { name: 'Selected peer' });
    await panel.getByRole('link', { name: agent }).click();
    await this.page
      .getByRole('navigation', { name: 'Tools' })
      .getByRole('link')
      .filter({ hasText: tool })
      .first()
      .click();
  }
}
