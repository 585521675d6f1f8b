/**
 * Rules and records with two real hosts: a rule made in the window lets a call through, the history takes it back, a
 * file brings it back, an export holds no secret, and verifying finds a row that was changed in the database file.
 */
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { snapshot } from '../../main/headless/client.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import type { Serving } from '../fixtures/serving.ts';
import { everythingSource, RealHosts } from './pages/real-hosts.ts';

const AGENT = AgentName.parse('everything');
/** Looks like a token, and is none. */
const SECRET = `ghp_${'a1B2c3D4'.repeat(5).slice(0, 36)}`;

let hosts: RealHosts;
let ada: Serving;
let ben: Serving;

test.beforeAll(async () => {
  hosts = await RealHosts.make();
  [ada, ben] = await Promise.all([hosts.start('Ada'), hosts.start('Ben')]);
});

test.afterAll(async () => {
  await hosts.stop();
});

const go = (page: Page, name: string): Promise<void> =>
  page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click();

test('rules made in the window decide, and what is recorded can be proved', async ({ page }) => {
  test.slow();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const [atAda, atBen] = await Promise.all([hosts.client(ada), hosts.client(ben)]);
  const benId = PeerId.parse(ben.peerId);
  const adaId = PeerId.parse(ada.peerId);
  const echo = (message: string): Promise<unknown> =>
    atBen.tools.call({ peerId: adaId, agent: AGENT, tool: 'echo', arguments: { message } });
  const waiting = async (): Promise<number> => Object.keys((await snapshot(atAda)).approvals).length;

  await test.step('Ben is a contact and sees the agent', async () => {
    await atAda.agents.add({
      name: AGENT,
      description: '',
      tags: [],
      source: everythingSource,
      autostart: true,
    });
    const { agents } = await snapshot(atAda);
    await atAda.agents.confirm({ name: AGENT, sourceDigest: agents[AGENT]?.sourceDigest ?? '' });
    await atAda.agents.start({ name: AGENT });
    await atBen.peers.dial({ address: ada.address });
    await expect.poll(async () => (await snapshot(atAda)).peers[benId]?.state).toBe('connected');
    await atAda.contacts.accept({ peerId: benId, alias: 'Ben' });
    await atBen.contacts.accept({ peerId: adaId });
    await expect
      .poll(async () => (await snapshot(atBen)).peers[ada.peerId]?.agents.map(({ name }) => name))
      .toEqual([AGENT]);
  });

  await test.step('one call is allowed by hand, and a narrow rule is made of it', async () => {
    const first = echo(`hello ${SECRET}`);
    await expect.poll(waiting).toBe(1);
    const [question] = Object.values((await snapshot(atAda)).approvals);
    if (question === undefined) throw new Error('Nothing is asked.');
    const { id, digest } = question;
    await atAda.approvals.answer({ id, digest, answer: { kind: 'allow-once', edited: null } });
    await first;
    await page.goto(ada.url);
    await go(page, 'Calls');
    await page.getByRole('row', { name: /Ben.*echo/ }).click();
    const panel = page.getByRole('complementary', { name: 'Selected call' });
    await expect(panel).toContainText('You allowed it.');
    await panel.getByRole('link', { name: 'Make a rule of this' }).click();
    const dialog = page.getByRole('dialog', { name: 'New rule' });
    await dialog.getByLabel('What must be so of argument 1').selectOption('prefix');
    await dialog.getByLabel('Value of argument 1').fill('hello ');
    await expect(dialog).toContainText('Ben may use everything ▸ echo, where message begins with "hello "');
    await expect(dialog.getByRole('region', { name: 'What it would have done' })).toContainText(
      /would have allowed (1|one) call/i,
    );
    await dialog.getByRole('button', { name: 'Make the rule' }).click();
    await expect(dialog).toBeHidden();
  });

  await test.step('a call that fits runs unasked, another one is asked about', async () => {
    await echo('hello again');
    const other = echo('goodbye');
    other.catch(() => undefined);
    await expect.poll(waiting).toBe(1);
    const [question] = Object.values((await snapshot(atAda)).approvals);
    if (question === undefined) throw new Error('Nothing is asked.');
    const { id, digest } = question;
    await atAda.approvals.answer({ id, digest, answer: { kind: 'deny', always: false, reason: null } });
    await expect(other).rejects.toThrow();
    await expect(page.getByText(/used 1 time/)).toBeVisible();
    await go(page, 'Calls');
    await page
      .getByRole('row', { name: /Ben.*echo.*answered · rule/ })
      .first()
      .click();
    const panel = page.getByRole('complementary', { name: 'Selected call' });
    await expect(panel).toContainText('A rule allowed it.');
    await panel.getByRole('button', { name: 'How would it be decided now?' }).click();
    await expect(panel.getByRole('status', { name: 'How it would be decided now' })).toContainText('Allowed');
  });

  await test.step('"What if" says the same without a call', async () => {
    await go(page, 'Rules');
    await page.getByRole('link', { name: 'What if' }).click();
    await page.getByLabel('Who calls').selectOption({ label: 'Ben (known)' });
    await page.getByLabel('Tool').fill('echo');
    await page.getByLabel('Arguments').fill('{"message": "goodbye"}');
    await page.getByRole('button', { name: 'What would happen' }).click();
    const result = page.getByRole('status', { name: 'What would happen' });
    await expect(result).toContainText('You are asked');
    await expect(result).toContainText('does not fit');
  });

  await test.step('the rules are saved as a file, taken back, and brought back by it', async () => {
    await page.getByRole('link', { name: 'Rules', exact: true }).last().click();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'File', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Export the rules' }).click();
    const file = await (await saving).path();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Undo this' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => Object.keys((await snapshot(atAda)).rules).length).toBe(0);
    await page.getByRole('link', { name: 'Rules', exact: true }).last().click();
    await page.getByRole('button', { name: 'File', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Import rules…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import rules' });
    await dialog.getByLabel('Or its text').fill('rules: 7');
    await dialog.getByRole('button', { name: 'Show what would change' }).click();
    await expect(dialog.getByRole('alert').filter({ hasText: /line/i })).toBeVisible();
    await dialog.getByLabel('File', { exact: true }).setInputFiles(file);
    await dialog.getByRole('button', { name: 'Show what would change' }).click();
    await expect(dialog).toContainText('1 rule added');
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(dialog).toBeHidden();
    await echo('hello for the third time');
  });

  await test.step('an export holds no secret, unless the person wants it whole', async () => {
    await go(page, 'Calls');
    const save = async (): Promise<string> => {
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save the file' }).click();
      return await readFile(await (await saving).path(), 'utf8');
    };
    await page.getByRole('button', { name: 'Export…' }).click();
    const masked = await save();
    expect(masked).toContain('hello again');
    expect(masked).not.toContain(SECRET);
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('radio', { name: /^Whole/ }).check();
    await page.getByRole('checkbox', { name: /passwords/ }).check();
    expect(await save()).toContain(SECRET);
  });

  await test.step('the records are sound; a row changed in the file is found and named', async () => {
    await go(page, 'Settings');
    await page.getByRole('button', { name: 'Verify the records' }).click();
    await expect(page.getByText('The records are sound.')).toBeVisible();
    await ada.end('SIGTERM');
    const database = new DatabaseSync(join(ada.dataDir, 'gatehouse.db'));
    const row = database.prepare("SELECT min(id) AS id FROM calls WHERE direction = 'in'").get();
    const id = Number(row?.['id']);
    database.prepare("UPDATE calls SET tool = 'something_else' WHERE id = ?").run(id);
    database.close();
    await ada.start('--name', 'Ada');
    await page.goto(ada.url);
    await go(page, 'Settings');
    await page.getByRole('button', { name: 'Verify the records' }).click();
    const found = page.getByRole('status', { name: 'What verifying found' });
    await expect(found).toContainText('The records are not what was written');
    await expect(found.getByRole('link', { name: `call ${id.toString()}` })).toBeVisible();
  });

  expect(complaints.filter((text) => !/WebSocket|ERR_CONNECTION/.test(text))).toEqual([]);
});
