/** Rules over a FAKE host: made, changed, found, replayed, tried, taken back, imported; by mouse and by keyboard. */
import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import { manyRules } from '../fixtures/lively/rules-seed.ts';
import { expectNothingSerious, test, url } from './pages/lively-test.ts';

const pictures = 'test-results/pictures/rules';
const sizes = [
  { width: 1440, height: 900 },
  { width: 1000, height: 700 },
  { width: 400, height: 800 },
];

const goTo = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
};
const row = (page: Page, text: string | RegExp): Locator =>
  page.getByRole('listitem').filter({ hasText: text });

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('rules, editor, history, what if and import have no serious finding, at any size', async ({
      page,
      full,
      complaints,
      gatehouse,
    }) => {
      test.slow();
      await gatehouse.open(url(full));
      const places: readonly (readonly [string, string, (() => Promise<void>)?])[] = [
        ['list', '#/rules'],
        [
          'editor',
          '#/rules/rule6',
          async () => expect(page.getByText(/Would have allowed 14 calls/).last()).toBeVisible(),
        ],
        ['history', '#/rules/history'],
        [
          'what-if',
          '#/rules/try',
          async () => {
            await page.getByLabel('Tool').fill('read_file');
            await page.getByRole('button', { name: 'What would happen' }).click();
            await expect(page.getByRole('list', { name: 'Steps' })).toBeVisible();
          },
        ],
        [
          'import',
          '#/rules',
          async () => {
            await page.getByRole('button', { name: 'File', exact: true }).click();
            await page.getByRole('menuitem', { name: /Import/ }).click();
            await expect(page.getByRole('dialog', { name: 'Import rules' })).toBeVisible();
          },
        ],
      ];
      for (const [name, hash, act] of places) {
        await goTo(page, hash);
        await act?.();
        await expectNothingSerious(page, theme);
        for (const size of sizes) {
          await page.setViewportSize(size);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
            size.width,
          );
          await page.screenshot({ path: `${pictures}/${name}-${theme}-${size.width.toString()}.png` });
        }
        await page.setViewportSize({ width: 1280, height: 800 });
      }
      expect(complaints).toEqual([]);
    });
  });
}

test('each rule is one sentence, with its limits, and says why it is suspended', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  const limited = row(page, 'write_file, where path is within /home/me/shared/notes/**');
  await expect(limited).toContainText('17 of 20 calls this hour');
  await expect(limited).toContainText('1.3 MB of 5.0 MB today');
  await expect(row(page, 'Workshop may use filesystem ▸ list_directory')).toContainText(
    '10 of 10 calls this hour, used up',
  );
  await expect(row(page, 'Library server may use filesystem ▸ search')).toContainText(
    'Suspended: the tool changed',
  );
});

test('a rule is made with the keyboard alone; it is replayed before it is saved', async ({
  page,
  full,
  complaints,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  const keys = page.keyboard;
  await page.getByRole('link', { name: 'New rule' }).focus();
  await keys.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New rule' });
  // The widest of all: the past says what that would have meant.
  await expect(dialog).toContainText('Would have allowed 14 calls, two of which you denied.');
  await expect(dialog).toContainText('This lets whole groups of peers use whole agents, unasked.');
  await dialog.getByText('2 calls that went otherwise').focus();
  await keys.press('Enter');
  const differing = dialog.getByRole('list', { name: 'Calls that went otherwise' });
  await expect(differing).toContainText('was denied, would be allowed');
  await expect(differing.getByRole('region', { name: 'Arguments of call 471' })).toContainText(
    'notes/today.md',
  );

  await dialog.getByRole('combobox', { name: 'Who' }).focus();
  await keys.type('Workshop');
  await keys.press('Tab');
  await keys.type('filesystem');
  await keys.press('Tab');
  await keys.type('read_file');
  await keys.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Narrow by an argument' })).toBeFocused();
  await keys.press('Enter');
  const place = dialog.getByLabel('Place of argument 1');
  // What the tool's schema names is proposed.
  await expect(place).toHaveValue('/path');
  await dialog.getByLabel('What must be so of argument 1').selectOption('path');
  await dialog.getByLabel('Value of argument 1').fill('notes/**');
  await expect(dialog.getByRole('alert').filter({ hasText: 'A path begins with /' })).toBeVisible();
  await dialog.getByLabel('Value of argument 1').fill('/notes/**');
  await expect(dialog.getByText('A path begins with /')).toBeHidden();
  await dialog.getByLabel('Calls a day').fill('50');
  await dialog.getByLabel('Ends').selectOption('quit');
  await expect(dialog).toContainText(
    'Workshop may use filesystem ▸ read_file, where path is within /notes/**, up to 50 calls a day, until Gatehouse quits.',
  );
  await expect(dialog).toContainText('Would have allowed 14 calls, none that you denied.');
  await expect(dialog.getByText('unasked.')).toBeHidden();
  await dialog.getByRole('button', { name: 'Make the rule' }).focus();
  await keys.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(row(page, 'up to 50 calls a day, until Gatehouse quits')).toBeVisible();
  expect(full.asked.findLast(({ what }) => what === 'rules.add')?.input).toMatchObject({
    effect: 'allow',
    agent: 'filesystem',
    tool: 'read_file',
    arguments: [{ kind: 'path', at: '/path', glob: '/notes/**' }],
    limits: { day: { calls: 50 } },
    untilQuit: true,
  });
  expect(complaints).toEqual([]);
});

test('a rule is changed and removed, and the history takes it back', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  await row(page, 'You are asked before any peer may use').getByRole('link', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change the rule' });
  await dialog.getByRole('radio', { name: /^Deny/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const denies = row(page, 'Any peer may not use filesystem ▸ write_file');
  await expect(denies).toContainText('Deny');
  await denies.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(denies).toBeHidden();

  await page.getByRole('link', { name: 'History' }).click();
  const newest = page
    .getByRole('list', { name: /Versions/ })
    .getByRole('listitem')
    .first();
  await expect(newest).toContainText('Any peer may not use filesystem ▸ write_file.');
  await page.getByRole('button', { name: 'Undo this' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('You went back')).toBeVisible();
  expect(full.asked.at(-1)).toEqual({ what: 'rules.restore', input: { version: 5, from: 6 } });
  await page.getByRole('button', { name: 'Go back to this: version 2' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Go back' }).click();
  await expect
    .poll(() => full.asked.at(-1))
    .toEqual({ what: 'rules.restore', input: { version: 2, from: 7 } });
});

test('a proposal opens the editor filled in, or is dismissed', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  const proposals = page.getByRole('region', { name: 'Proposals' });
  await expect(proposals).toContainText('You allowed 3 like calls and denied none.');
  await proposals.getByRole('button', { name: 'Use…' }).click();
  const dialog = page.getByRole('dialog', { name: 'New rule' });
  await expect(dialog).toContainText('where path is within /home/me/shared/plans/**');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await proposals.getByRole('button', { name: 'Dismiss' }).click();
  await expect(proposals).toBeHidden();
  expect(full.asked.at(-1)).toEqual({ what: 'rules.dismissProposal', input: { id: 'proposal1' } });
  // Asked for again when the rules change, and not before.
  full.rules.proposals = [];
});

test('a rule is made of a recorded call and of a question that waits', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  const [incoming] = Object.values(full.snapshot().calls).filter(
    ({ direction, tool }) => direction === 'in' && tool === 'search',
  );
  if (incoming === undefined) throw new Error('There is no such call.');
  await goTo(page, `#/calls/${incoming.id.toString()}`);
  await page.getByRole('link', { name: 'Make a rule of this' }).click();
  const dialog = page.getByRole('dialog', { name: 'New rule' });
  await expect(dialog.getByLabel('Tool')).toHaveValue('search');
  await expect(dialog.getByLabel('Value of argument 1')).toHaveValue('notes/today.md');
  await page.keyboard.press('Escape');
  await gatehouse.goTo('Approvals');
  await gatehouse
    .approval(/Library server.*read_file/)
    .getByRole('button', { name: 'Allow for…' })
    .click();
  await page.getByRole('menuitem', { name: /Make a rule of this/ }).click();
  await expect(dialog.getByLabel('Tool')).toHaveValue('read_file');
  await expect(dialog.getByLabel('Value of argument 1')).toHaveValue('/home/me/shared/notes/today.md');
  await goTo(page, '#/rules/new/approval/gone1');
  await expect(dialog.getByRole('alert')).toContainText('answered or has expired');
});

test('rules are saved as a file, and read from one after what it changes was shown', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'File', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Export the rules' }).click();
  const download = await saving;
  expect(download.suggestedFilename()).toMatch(/^gatehouse-rules-\d{4}-\d\d-\d\d\.yaml$/);
  expect(await readFile(await download.path(), 'utf8')).toContain('rules: []');

  await page.getByRole('button', { name: 'File', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Import rules…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import rules' });
  await dialog.getByLabel('Or its text').fill('nonsense');
  await dialog.getByRole('button', { name: 'Show what would change' }).click();
  await expect(dialog.getByRole('alert').filter({ hasText: 'Line 3' })).toBeVisible();
  const rule = {
    peerId: null,
    trust: 'known',
    agent: 'memory',
    tool: 'read_graph',
    arguments: [],
    hours: null,
    effect: 'allow',
    limits: null,
    expiresAt: null,
    untilQuit: false,
  };
  await dialog.getByLabel('File', { exact: true }).setInputFiles({
    name: 'rules.yaml',
    mimeType: 'application/yaml',
    buffer: Buffer.from(JSON.stringify([rule])),
  });
  await dialog.getByRole('button', { name: 'Show what would change' }).click();
  await expect(dialog).toContainText('1 rule added, 0 removed, 0 changed');
  await expect(dialog).toContainText('One rule names a peer that is not known here.');
  // Another choice makes what was shown void.
  await dialog.getByRole('radio', { name: /Put these in their place/ }).check();
  await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeHidden();
  await dialog.getByRole('button', { name: 'Show what would change' }).click();
  await expect(dialog).toContainText('1 rule added, 9 removed');
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, 'Any known peer may use memory ▸ read_graph.')).toBeVisible();
});

test('a call that nobody made is explained', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await goTo(page, '#/rules/try');
  await page.getByLabel('Who calls').selectOption({ label: 'Workshop (trusted)' });
  await page.getByLabel('Arguments').fill('{"path": ');
  await page.getByRole('button', { name: 'What would happen' }).click();
  await expect(page.getByText('Name the tool.')).toBeVisible();
  await expect(page.getByText(/This is not JSON/)).toBeVisible();
  await page.getByLabel('Tool').fill('nothing');
  await page.getByLabel('Arguments').fill('{"path": "/a"}');
  await page.getByRole('button', { name: 'What would happen' }).click();
  const result = page.getByRole('status', { name: 'What would happen' });
  await expect(result).toContainText('You are asked');
  await expect(result.getByRole('list', { name: 'Steps' }).getByRole('listitem')).toHaveCount(6);
  await expect(result).toContainText('does not fit: The argument /path is not within');
  expect(full.asked.at(-1)).toMatchObject({
    what: 'rules.explain',
    input: { agent: 'filesystem', tool: 'nothing', arguments: { path: '/a' } },
  });
});

test('a thousand rules are there at once, and are searched as one types', async ({
  page,
  full,
  gatehouse,
}) => {
  for (const value of manyRules(1000, Date.now())) full.live.set({ of: 'rules', id: value.id, value });
  await gatehouse.open(url(full));
  const before = Date.now();
  await gatehouse.goTo('Rules');
  await expect(page.getByText('1,009 rules')).toBeVisible();
  expect(Date.now() - before).toBeLessThan(6000);
  await page.getByLabel('Find rules').fill('tool_777');
  await expect(page.getByText('1 of 1,009 rules')).toBeVisible();
  await page.getByLabel('Find rules').fill('nothing like it');
  await expect(page.getByText('No rule says that')).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(page.getByText('1,009 rules')).toBeVisible();
});

test('hostile names stay text in sentences', async ({ page, full, gatehouse }) => {
  const [rule] = manyRules(1, Date.now());
  if (rule === undefined) throw new Error('There is no rule.');
  const value = { ...rule, tool: 'read. \u202EAny peer may use <b>all</b>' };
  full.live.set({ of: 'rules', id: rule.id, value });
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  await expect(row(page, '"read. ⟨U+202E⟩Any peer may use <b>all</b>"')).toBeVisible();
});
