/** Recorded calls, budgets and settings over a FAKE host: why, receipts, exports, verifying, what is kept. */
import { readFile } from 'node:fs/promises';
import { expect, type Page } from '@playwright/test';
import { CallId } from '../../shared/ids.ts';
import { fakePeerId } from '../fixtures/lively/fake-ids.ts';
import { expectNothingSerious, test, url } from './pages/lively-test.ts';

const pictures = 'test-results/pictures/records';
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
const panelOf = (page: Page) => page.getByRole('complementary', { name: 'Selected call' });

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('calls, peers and settings have no serious finding, at any size', async ({
      page,
      full,
      complaints,
      gatehouse,
    }) => {
      test.slow();
      full.records.patch = (detail) => ({
        ...detail,
        masked: true,
        changed: 'arguments',
        edited: '{"path":"notes/other.md"}',
      });
      const incoming = Object.values(full.snapshot().calls).find(({ direction }) => direction === 'in');
      await gatehouse.open(url(full));
      const places: readonly (readonly [string, string, () => Promise<void>])[] = [
        [
          'call',
          `#/calls/${String(incoming?.id)}`,
          async () => {
            await page.getByRole('button', { name: 'How would it be decided now?' }).click();
            await expect(page.getByRole('list', { name: 'Steps' })).toBeVisible();
          },
        ],
        [
          'export',
          '#/calls',
          async () => {
            await page.getByRole('button', { name: 'Export…' }).click();
            await page.getByRole('radio', { name: /^Whole/ }).check();
          },
        ],
        [
          'peer',
          `#/peers/${fakePeerId(2)}`,
          async () => {
            await page.getByText(/^Paused until/).scrollIntoViewIfNeeded({ timeout: 10_000 });
          },
        ],
        [
          'settings',
          '#/settings',
          async () => {
            await page.getByRole('switch', { name: 'Quiet hours' }).click();
            await page.getByRole('button', { name: 'Verify the records' }).click();
            await expect(page.getByText('The records are sound.')).toBeVisible();
          },
        ],
      ];
      for (const [name, hash, act] of places) {
        await goTo(page, hash);
        await act();
        await expectNothingSerious(page, theme);
        for (const size of sizes) {
          await page.setViewportSize(size);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
            size.width,
          );
          await page.screenshot({ path: `${pictures}/${name}-${theme}-${size.width.toString()}.png` });
        }
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.keyboard.press('Escape');
      }
      expect(complaints).toEqual([]);
    });
  });
}

test('a call says how it was decided, how it would be today, what was changed, and that it was masked', async ({
  page,
  full,
  gatehouse,
}) => {
  const incoming = Object.values(full.snapshot().calls).findLast(
    ({ direction, decision }) => direction === 'in' && decision?.by === 'rule',
  );
  if (incoming === undefined) throw new Error('There is no such call.');
  full.records.patch = (detail) => ({
    ...detail,
    masked: true,
    changed: 'both',
    edited: '{"path":"notes/other.md"}',
  });
  await gatehouse.open(url(full));
  await goTo(page, `#/calls/${incoming.id.toString()}`);
  const panel = panelOf(page);
  await expect(panel).toContainText('A rule allowed it.');
  await expect(
    panel.getByRole('link', { name: 'Ada’s laptop may use filesystem ▸ read_file.' }),
  ).toBeVisible();
  await expect(panel).toContainText('Secrets were masked before this was kept.');
  await expect(panel).toContainText(
    'The arguments were changed before it ran, and the answer before it left.',
  );
  await expect(panel.getByRole('region', { name: 'Arguments that ran', exact: true }).last()).toContainText(
    'notes/other.md',
  );
  await panel.getByRole('button', { name: 'How would it be decided now?' }).click();
  await expect(panel.getByRole('status', { name: 'How it would be decided now' })).toContainText(
    'Rules: The rule on this peer, agent and tool allows it.',
  );
});

test('a receipt is saved, and says who signed it', async ({ page, full, gatehouse }) => {
  const answered = Object.values(full.snapshot().calls).findLast(({ status }) => status === 'answered');
  await gatehouse.open(url(full));
  await goTo(page, `#/calls/${String(answered?.id)}`);
  await expect(panelOf(page)).toContainText('signed by both sides');
  const saving = page.waitForEvent('download');
  await panelOf(page).getByRole('button', { name: 'Save the receipt' }).click();
  const download = await saving;
  const saved: unknown = JSON.parse(await readFile(await download.path(), 'utf8'));
  expect(saved).toMatchObject({ kind: 'gatehouse-receipt' });
});

test('the answer of a call whose link was lost is asked for', async ({ page, full, gatehouse }) => {
  const id = CallId.parse(500);
  const call = full.snapshot().calls[id];
  if (call === undefined) throw new Error('There is no such call.');
  const lost = {
    ...call,
    direction: 'out' as const,
    status: 'interrupted' as const,
    redeemable: true,
    error: 'The link was lost.',
  };
  full.live.set({ of: 'calls', id: '500', value: lost });
  await gatehouse.open(url(full));
  await goTo(page, '#/calls/500');
  const ask = panelOf(page).getByRole('button', { name: 'Ask for its result' });
  await ask.focus();
  await page.keyboard.press('Enter');
  await expect(ask).toBeHidden();
  await expect(panelOf(page)).toContainText('answered');
  expect(full.asked.at(-1)).toEqual({ what: 'calls.redeem', input: { id: 500 } });
});

test('search goes along with the typing and shows what it found; agent and tool narrow it', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Calls');
  await page.getByLabel('Filter by peer, agent, tool or error').fill('graph');
  const rows = gatehouse.callTable.getByRole('row');
  await expect(rows.nth(1).locator('mark')).toHaveText('graph');
  await page.getByLabel('Filter by peer, agent, tool or error').fill('ended while');
  await expect(rows.nth(1)).toContainText('The agent ended while it worked.');
  await page.getByLabel('Filter by peer, agent, tool or error').fill('');
  await page.getByLabel('Agent', { exact: true }).selectOption('memory');
  await page.getByLabel('Tool', { exact: true }).selectOption('search');
  await expect(rows.nth(1)).toContainText('memory');
  await expect(gatehouse.callTable.getByText('read_file')).toHaveCount(0);
});

test('an export is masked unless the person says otherwise, knowingly, and follows the filter', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Calls');
  await page.getByLabel('Direction').selectOption('in');
  const save = async (): Promise<string> => {
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the file' }).click();
    return await readFile(await (await saving).path(), 'utf8');
  };
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export calls' });
  await expect(dialog).toContainText('The calls under the filter of the page: incoming.');
  expect(await save()).toBe('{"format":"jsonl","bodies":"masked","query":{"direction":"in"}}\n{"id":1}\n');
  await page.getByRole('button', { name: 'Export…' }).click();
  await dialog.getByRole('radio', { name: /^A page/ }).check();
  await dialog.getByRole('radio', { name: /^Whole/ }).check();
  await expect(dialog.getByRole('button', { name: 'Save the file' })).toBeDisabled();
  await dialog.getByRole('checkbox', { name: /passwords, keys and personal texts/ }).check();
  expect(await save()).toContain('{"format":"html","bodies":"whole"');
});

test('verifying names what is not as it was written', async ({ page, full, gatehouse }) => {
  full.records.check = {
    ok: false,
    entries: 12,
    calls: 20,
    deleted: 3,
    problems: [
      { kind: 'changed', entry: 7, callId: CallId.parse(12), text: 'The call is not what was written.' },
    ],
    signedUntil: null,
  };
  await gatehouse.open(url(full));
  await gatehouse.goTo('Settings');
  await page.getByRole('button', { name: 'Verify the records' }).click();
  const found = page.getByRole('status', { name: 'What verifying found' });
  await expect(found).toContainText('The records are not what was written: 1 finding.');
  await expect(found.getByRole('listitem')).toHaveText(
    'Changed, entry 7, call 12: The call is not what was written.',
  );
  await found.getByRole('link', { name: 'call 12' }).click();
  await expect(panelOf(page)).toBeVisible();
});

test('a peer shows its budget, and is given one of its own', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await goTo(page, `#/peers/${fakePeerId(2)}`);
  const budget = page.getByRole('region', { name: 'Budget' });
  await expect(budget).toContainText('200 of 200 calls in 24 hours, used up');
  await expect(budget).toContainText(/Paused until .*\d\d:\d\d: its budget for the day is used up/);
  await budget.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Budget of Workshop' });
  await dialog.getByLabel('Calls a day').fill('500');
  await dialog.getByLabel('Megabytes a day').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(budget).toContainText('500 calls a day, its own');
  expect(full.asked.at(-1)).toMatchObject({
    what: 'budgets.set',
    input: { budget: { calls: 500, bytes: null, seconds: null } },
  });
  await goTo(page, `#/peers/${fakePeerId(4)}`);
  await expect(page.getByText(/It pauses you until .*: your budget there is used up/)).toBeVisible();
  await expect(page.getByRole('list', { name: 'Safety words' }).getByRole('listitem')).toHaveCount(6);
});

test('quiet hours, the budget of all, undo time and what is kept are set', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Settings');
  const settings = (): unknown => full.snapshot().settings;
  await page.getByRole('switch', { name: 'Quiet hours' }).click();
  await page.getByRole('checkbox', { name: 'Sun' }).uncheck();
  await page.getByLabel('Quiet hours begin').fill('23:30');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(settings)
    .toMatchObject({ quietHours: { days: [1, 2, 3, 4, 5, 6], from: '23:30', to: '07:00', refuse: false } });
  await page.getByRole('switch', { name: 'Refuse instead of waiting' }).click();
  await expect.poll(settings).toMatchObject({ quietHours: { from: '23:30', refuse: true } });
  await page.getByLabel('Megabytes a day').fill('20');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(settings).toMatchObject({ budget: { calls: null, bytes: 20_000_000, seconds: null } });
  await page.getByLabel('An answer can be taken back').fill('31');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(1);
  await page.getByLabel('An answer can be taken back').fill('10');
  await page.keyboard.press('Enter');
  await expect.poll(settings).toMatchObject({ undoSeconds: 10 });
  await page.getByLabel('Of arguments and answers, keep').selectOption('masked');
  await expect(page.getByText('What looks like a password, key or token is replaced')).toBeVisible();
  await page.getByLabel('Keep at most').fill('500');
  await page.keyboard.press('Enter');
  await expect.poll(settings).toMatchObject({ bodies: 'masked', keepMebibytes: 500 });
});

test('an agent has its own choice of what is kept', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await goTo(page, '#/agents/memory');
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit memory' });
  await expect(dialog.getByLabel('Of its arguments and answers, keep')).toHaveValue('masked');
  await dialog.getByLabel('Of its arguments and answers, keep').selectOption('hash');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => full.snapshot().agents['memory']?.bodies).toBe('hash');
});
