import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { z } from 'zod';
import { Reachability } from '../../shared/reachability.ts';
import { PeerView } from '../../shared/peers.ts';
import type { PeerId } from '../../shared/ids.ts';
import type { Machine } from './machine.ts';

const Status = z.looseObject({ url: z.string(), reachability: Reachability });
const Peers = z.array(PeerView.extend({ id: z.string() }));
const PAGE_MS = 30_000;

/** A real browser on a machine of the lab, opened as a person does it: by the address that `status` prints. */
export class HostPage {
  readonly page: Page;
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
  }

  static async open(machine: Machine): Promise<HostPage> {
    const { url } = await machine.ask(Status, 'status');
    const browser = await chromium.launch({
      executablePath: await chromiumIn(machine),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--no-first-run',
      ],
      timeout: PAGE_MS,
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PAGE_MS);
    await page.goto(url);
    return new HostPage(browser, page);
  }

  /** The line under which the Network page says how this machine is reached, and all that it says of it. */
  async reachability(): Promise<{ readonly line: string; readonly all: string }> {
    await this.#goTo('#/network');
    const section = this.page.getByRole('region', { name: 'Reachability' });
    return { line: await section.getByTestId('verdict').innerText(), all: await section.innerText() };
  }

  /** The path by which the panel of a peer says that it is reached, null where it names none; and all that it says. */
  async peer(peerId: PeerId): Promise<{ readonly path: string | null; readonly all: string }> {
    await this.#goTo(`#/peers/${peerId}`);
    const panel = this.page.getByRole('complementary', { name: 'Selected peer' });
    await panel.getByText(peerId).first().waitFor();
    const [line = ''] = await panel.getByRole('status', { name: 'Path' }).allInnerTexts();
    return { path: /^\w+/.exec(line)?.[0] ?? null, all: await panel.innerText() };
  }

  async #goTo(hash: string): Promise<void> {
    await this.page.evaluate((wanted) => {
      window.location.hash = wanted;
    }, hash);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** A program that starts Chromium in the machine's namespace; its pipes to Playwright cross the border. */
async function chromiumIn(machine: Machine): Promise<string> {
  const found = process.env['GATEHOUSE_CHROMIUM'] ?? '/usr/bin/chromium';
  const file = join('/run/lab/bin', `chromium-on-${machine.name}`);
  await mkdir('/run/lab/bin', { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\nexec nsenter --net=/run/netns/${machine.name} -- env HOME=${machine.dir} '${found}' "$@"\n`,
  );
  await chmod(file, 0o755);
  return file;
}

export { Peers, Status };
