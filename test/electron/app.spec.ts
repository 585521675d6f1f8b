/**
 * The built app in a real Electron. Its binary comes from outside the npm registry: where it is missing,
 * `test/run.ts` says so in one line and does not get here.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, expect, test, type ElectronApplication, type Page } from '@playwright/test';
import { findElectron } from '../find-chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = process.execPath;
const agent = join(root, 'test/fixtures/agents/answers-plainly.ts');
const binary = findElectron();
test.skip(binary === undefined, "Electron's binary is not installed here.");

let dataDir: string;
let app: ElectronApplication;
let page: Page;
const violations: string[] = [];

test.beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-electron-'));
  app = await _electron.launch({
    ...(binary === undefined ? {} : { executablePath: binary }),
    args: [
      root,
      '--data',
      dataDir,
      // A build machine is often root, without a keyring and without a graphics card.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
    ],
  });
  page = await app.firstWindow();
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
});
test.afterAll(async () => {
  await app.close();
  await rm(dataDir, { recursive: true, force: true });
});

test('shows the overview, live', async () => {
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  await expect(page.getByText('Stop all')).toBeVisible();
  expect(page.url()).toMatch(/^app:\/\/gatehouse\//);
});

test('gives the page nothing of Node or Electron', async () => {
  const found = await page.evaluate(() => ({
    names: ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter(
      (name) => Reflect.get(window, name) !== undefined,
    ),
    bridge: Reflect.get(window, 'gatehouse') as unknown,
  }));
  expect(found.names).toEqual([]);
  expect(found.bridge).toEqual({ shell: 'electron', platform: process.platform });
});

test('runs nothing that is not a file of ours', async () => {
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.body.append(script);
    const reached = async (url: string): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    let evaluated = true;
    try {
      const evaluate = Reflect.get(window, 'eval') as (text: string) => unknown;
      evaluate('1');
    } catch {
      evaluated = false;
    }
    return {
      inlineRan: Reflect.get(window, 'inlineRan') === true,
      evaluated,
      remote: await reached('http://127.0.0.1:9/'),
      file: await reached('file:///etc/hostname'),
      missing: (await fetch('app://gatehouse/none.js')).status,
      policy: (await fetch('app://gatehouse/')).headers.get('content-security-policy'),
    };
  });
  expect(outcome).toMatchObject({
    inlineRan: false,
    evaluated: false,
    remote: false,
    file: false,
    missing: 404,
  });
  expect(outcome.policy).toContain("default-src 'none'");
});

test('stays where it is', async () => {
  const before = page.url();
  const opened = await page.evaluate(() => window.open('https://example.org/') === null);
  expect(opened).toBe(true);
  await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = 'https://example.org/';
    document.body.append(link);
    link.click();
    link.remove();
    window.location.assign('data:text/html,elsewhere');
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  expect(page.url()).toBe(before);
  expect(app.windows()).toHaveLength(1);
});

test('is asked for no permission that it would grant', async () => {
  const states = await page.evaluate(async () =>
    Promise.all(
      ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'].map(async (name) => {
        const { state } = await navigator.permissions.query({ name: name as PermissionName });
        return `${name}: ${state}`;
      }),
    ),
  );
  expect(states.filter((state) => state.endsWith('granted'))).toEqual([]);
});

test('keeps its key out of reach of others', async () => {
  const { mode } = await stat(join(dataDir, 'identity.key'));
  if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
});

test('adds an agent, which runs once it is confirmed', async () => {
  await page.getByRole('link', { name: 'Agents' }).first().click();
  await page.getByRole('button', { name: 'Add an agent' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('plain');
  await page.getByLabel('Command line').fill(`"${node}" "${agent}"`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText(agent).first()).toBeVisible();
  await page
    .getByRole('button', { name: /confirm|run/i })
    .first()
    .click();
  await expect(page.getByText('1 running')).toBeVisible();
});

test('broke no rule of its own policy on the way', () => {
  // Those that the test above provoked name what it tried.
  expect(violations.filter((text) => !/inline|eval|127\.0\.0\.1:9|file:/.test(text))).toEqual([]);
});

test('quits in order, and leaves no process behind', async () => {
  const child = app.process();
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await app.evaluate(({ app: self }) => {
    self.quit();
  });
  expect(await ended).toBe(0);
});
