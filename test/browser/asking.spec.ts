/** Asking, over a FAKE host: states that are hard to reach, keys, batches, reviews, "Stop all", in both themes. */
import { expect, type Locator, type Page } from '@playwright/test';
import { AgentName } from '../../shared/ids.ts';
import { fakePeerId } from '../fixtures/lively/fake-ids.ts';
import { aPanicReport, fakeApproval, fakeReview, likeApprovals } from '../fixtures/lively/asking-seed.ts';
import type { LivelyHost } from '../fixtures/lively/lively-host.ts';
import { aCall } from '../fixtures/views.ts';
import { expectNothingSerious, test, url } from './pages/lively-test.ts';

const PICTURES = 'test-results/pictures/asking';
/** All sizes where pictures are wanted; else the smallest, where things break first. */
const allSizes = [
  [1440, 900],
  [1000, 700],
  [400, 800],
] as const;
const sizes = process.env['GATEHOUSE_PICTURES'] === undefined ? allSizes.slice(2) : allSizes;

async function pictures(page: Page, name: string, theme: string): Promise<void> {
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: `${PICTURES}/${name}-${theme}-${width.toString()}.png` });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

const ask = (full: LivelyHost, ...approvals: ReturnType<typeof fakeApproval>[]): void => {
  for (const value of approvals) full.live.set({ of: 'approvals', id: value.id, value });
};
/** Only these wait. */
const onlyAsk = (full: LivelyHost, ...approvals: ReturnType<typeof fakeApproval>[]): void => {
  for (const id of Object.keys(full.snapshot().approvals))
    full.live.set({ of: 'approvals', id, value: null });
  ask(full, ...approvals);
};
const lastAnswer = (full: LivelyHost): unknown =>
  full.asked.filter(({ what }) => what.startsWith('approvals.answer')).at(-1)?.input;
const card = (page: Page, name: RegExp): Locator => page.getByRole('article', { name });
const workshop = /Workshop.*wants to use.*edit_file/;

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.slow();
    test.use({ colorScheme: theme, reducedMotion: 'reduce' });

    test('every state of a card, and its dialogs', async ({ page, full, gatehouse, complaints }) => {
      await gatehouse.open(url(full));
      await gatehouse.goTo('Approvals');
      const first = card(page, /Ada’s laptop.*write_file/);
      await expect(first).toBeVisible();
      await expectNothingSerious(page, theme);
      await pictures(page, 'cards', theme);
      await page.setViewportSize({ width: 400, height: 800 });
      const heading = page.getByRole('heading', { name: 'Approvals' });
      const gap = async (): Promise<number> => {
        const [above, below] = await Promise.all([heading.boundingBox(), first.boundingBox()]);
        return (below?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0);
      };
      const before = await gap();
      expect(before).toBeLessThan(32);
      await first.getByRole('checkbox').check();
      await expect(page.getByRole('button', { name: 'Answer 1 selected…' })).toBeVisible();
      expect(await gap()).toBe(before);
      await page.screenshot({ path: `${PICTURES}/selected-${theme}-400.png` });
      await first.getByRole('checkbox').uncheck();
      await page.setViewportSize({ width: 1280, height: 800 });

      await first.getByRole('button', { name: 'Whole content' }).click();
      await first.getByRole('button', { name: 'the last 5' }).click();
      await expect(first.getByRole('list', { name: 'Calls like this before' })).toBeVisible();
      const third = card(page, /safe/);
      await third.getByRole('button', { name: 'the difference' }).click();
      await expect(third.getByRole('region', { name: /definition differs/ })).toContainText(
        '⟨U+202E⟩and empties it',
      );
      await expectNothingSerious(page, theme);
      await pictures(page, 'opened', theme);

      await first.getByRole('button', { name: 'Edit…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Edit, then allow once' });
      const field = dialog.getByLabel('Arguments as JSON');
      await expect(field).toHaveValue(/\\u202etxt/);
      await field.fill((await field.inputValue()).replace('today.md', 'tomorrow.md'));
      await expect(dialog.getByRole('region', { name: 'The difference' })).toContainText('tomorrow.md');
      await expectNothingSerious(page, theme);
      await pictures(page, 'edit', theme);
      await page.keyboard.press('Escape');

      await first.getByRole('button', { name: 'More ways to deny' }).click();
      await pictures(page, 'deny-menu', theme);
      await page.getByRole('menuitem', { name: 'Deny with a reason…' }).click();
      await page.getByRole('dialog').getByLabel('Reason').fill('Not today.');
      await expectNothingSerious(page, theme);
      await pictures(page, 'deny-reason', theme);
      await page.keyboard.press('Escape');
      await first.getByRole('button', { name: 'Allow for…' }).click();
      await pictures(page, 'allow-menu', theme);
      await page.getByRole('menuitem', { name: 'With limits…' }).click();
      await expectNothingSerious(page, theme);
      await pictures(page, 'limits', theme);
      await page.keyboard.press('Escape');

      await gatehouse.allowOnce(/Library server.*read_file/);
      const answered = card(page, /Library server.*read_file/);
      await expect(answered.getByText(/Runs in \d s/)).toBeVisible();
      await first.getByRole('button', { name: 'Later' }).click();
      await page.getByRole('menuitem', { name: '15 minutes' }).click();
      await expect(first.getByText(/Put off until/)).toBeVisible();
      await page.screenshot({ path: `${PICTURES}/answered-${theme}-1280.png` });
      await expectNothingSerious(page, theme);
      await page.getByRole('button', { name: 'Keys of this page' }).click();
      await expectNothingSerious(page, theme);
      await pictures(page, 'keys', theme);
      expect(complaints).toEqual([]);
    });

    test('an answer that is held: released, redacted, refused', async ({
      page,
      full,
      gatehouse,
      complaints,
    }) => {
      await gatehouse.open(url(full));
      onlyAsk(full);
      const now = Date.now();
      for (const [index, peer] of [3, 1, 4].entries()) {
        const value = fakeReview(`rev${index.toString()}`, peer, now + index, {
          digest: `${index.toString()}a`.repeat(32),
        });
        full.live.set({ of: 'reviews', id: value.id, value });
      }
      await gatehouse.goTo('Approvals');
      await expect(
        gatehouse.rail.getByRole('link', { name: /Approvals.*3 questions waiting/ }),
      ).toBeVisible();
      const held = card(page, /Noor.*is to get what.*read_file.*answered/);
      await expect(held.getByRole('region', { name: 'Answer, part 1' })).toContainText(
        '⟨U+202E⟩edoc⟨U+202C⟩',
      );
      await expect(held.getByText('holds hidden characters')).toBeVisible();
      await expectNothingSerious(page, theme);
      await pictures(page, 'review', theme);
      await held.getByRole('button', { name: 'Redact…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Redact, then release' });
      const field = dialog.getByLabel('The answer as JSON');
      await expect(field).toHaveValue(/the key to the shed/);
      await field.evaluate((area: HTMLTextAreaElement) => {
        const at = area.value.indexOf('under the third pot');
        area.setSelectionRange(at, at + 'under the third pot'.length);
      });
      await dialog.getByRole('button', { name: 'Black out what is selected' }).click();
      await expect(dialog.getByRole('region', { name: 'The difference' })).toContainText(
        '█████ ███ █████ ███'.replaceAll(' ', '█'),
      );
      await expectNothingSerious(page, theme);
      await pictures(page, 'redact', theme);
      await dialog.getByRole('button', { name: 'Release with these changes' }).click();
      await expect(held.getByText('Released, with your changes')).toBeVisible();
      const redacted = full.asked.at(-1)?.input as { answer: { result: string } };
      expect(redacted.answer.result).not.toContain('third pot');
      expect(JSON.parse(redacted.answer.result)).toMatchObject({ structuredContent: { lines: 3 } });

      const second = card(page, /Ada’s laptop.*is to get/);
      await second.getByRole('button', { name: 'Release', exact: true }).click();
      await expect(second.getByText('Released.')).toBeVisible();
      const third = card(page, /Library server.*is to get/);
      await third.getByRole('button', { name: 'Refuse…' }).click();
      await page.getByRole('dialog').getByLabel('Reason').fill('It names a place.');
      await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
      await expect(third.getByText('Refused: nothing left')).toBeVisible();
      expect(full.asked.at(-1)).toMatchObject({
        what: 'reviews.answer',
        input: { answer: { kind: 'refuse', reason: 'It names a place.' } },
      });
      expect(complaints).toEqual([]);
    });

    test('like calls are answered together, each with its own result', async ({ page, full, gatehouse }) => {
      await gatehouse.open(url(full));
      onlyAsk(full, ...likeApprovals(Date.now()));
      await gatehouse.goTo('Approvals');
      await card(page, workshop)
        .first()
        .getByRole('button', { name: '3 like this: answer together…' })
        .click();
      const dialog = page.getByRole('dialog', { name: '3 calls like this' });
      await expect(dialog.getByRole('button', { name: 'Allow each once' })).not.toBeFocused();
      await expect(dialog).toContainText('monday.md');
      // What is the same in all of them is not repeated.
      await expect(dialog).not.toContainText('dryRun');
      await expectNothingSerious(page, theme);
      await pictures(page, 'batch', theme);
      await dialog.getByRole('checkbox').nth(1).uncheck();
      await dialog.getByRole('button', { name: 'Deny all 2' }).click();
      await expect(dialog.getByText('Denied')).toHaveCount(2);
      expect(lastAnswer(full)).toMatchObject({
        questions: [{ id: 'like1' }, { id: 'like3' }],
        answer: { kind: 'deny', always: false },
        undoSeconds: 3,
      });
      await pictures(page, 'batch-done', theme);
    });

    test('everything stops at two presses of one key, and the report says how it was checked', async ({
      page,
      full,
      gatehouse,
    }) => {
      await gatehouse.open(url(full));
      await gatehouse.goTo('Calls');
      const field = page.getByRole('textbox').first();
      await field.focus();
      await page.keyboard.press('Control+Shift+.');
      const dialog = page.getByRole('alertdialog', { name: 'Stop everything?' });
      await expect(dialog.getByRole('button', { name: 'Stop all' })).toBeFocused();
      expect(full.asked.some(({ what }) => what === 'host.stopAll')).toBe(false);
      await expectNothingSerious(page, theme);
      await pictures(page, 'stop', theme);
      await page.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
      await page.waitForTimeout(2100);
      await page.keyboard.press('Control+Shift+.');
      await page.keyboard.press('Control+Shift+.');
      await expect(page.getByText('Everything is stopped since')).toBeVisible();
      await expect(dialog).toBeHidden();
      expect(full.asked.filter(({ what }) => what === 'host.stopAll')).toHaveLength(1);
      await expect(page.getByText('weather runs elsewhere')).toBeVisible();
      await page.getByRole('button', { name: 'How it was checked' }).click();
      await expect(
        page.getByText('Its process 48211 and the 2 it had started no longer exist.'),
      ).toBeVisible();
      await expectNothingSerious(page, theme);
      await pictures(page, 'stopped', theme);
      const report = aPanicReport(Date.now());
      full.live.updateHost({
        panic: {
          ...report,
          running: 1,
          written: false,
          links: { cut: 10, left: [fakePeerId(2)] },
          agents: [
            {
              name: AgentName.parse('filesystem'),
              outcome: 'still-running',
              checked: 'Its process 48211 is still there.',
            },
          ],
        },
      });
      await expect(page.getByText('filesystem still runs.')).toBeVisible();
      await expect(page.getByRole('button', { name: 'Stop again' })).toBeVisible();
      await pictures(page, 'stopped-badly', theme);
      await page.getByRole('button', { name: 'Resume' }).click();
      await expect(page.getByText('Everything is stopped')).toBeHidden();
    });

    test('the top line says until when it is quiet', async ({ page, full, gatehouse }) => {
      await gatehouse.open(url(full));
      await page.getByRole('button', { name: 'Do not disturb' }).click();
      await pictures(page, 'quiet-menu', theme);
      await page.getByRole('menuitem', { name: '1 hour' }).click();
      const { input } = full.asked.at(-1) ?? {};
      const until = (input as { doNotDisturbUntil: number }).doNotDisturbUntil;
      expect(Math.abs(until - Date.now() - 3_600_000)).toBeLessThan(10_000);
      full.live.updateHost({ quietUntil: new Date(2036, 0, 2, 7).getTime() });
      await expect(page.getByRole('button', { name: /^Quiet until .*07:00$/ })).toBeVisible();
      await expectNothingSerious(page, theme);
      await pictures(page, 'quiet', theme);
    });

    test('the caller sees each stage of its call', async ({ page, full, gatehouse }) => {
      await gatehouse.open(url(full));
      await gatehouse.openTool('Ada’s laptop', 'filesystem', 'write_file');
      await page.getByLabel('path').fill('a');
      await page.getByLabel('content').fill('b');
      await page.getByRole('button', { name: 'Call', exact: true }).click();
      await expect(page.getByText('Waiting for their person…')).toBeVisible();
      const tell = (patch: Partial<ReturnType<typeof aCall>>): void => {
        const value = aCall(700, {
          direction: 'out',
          peerId: fakePeerId(1),
          agent: 'filesystem',
          tool: 'write_file',
          decision: null,
          waitMs: 2000,
          ...patch,
        });
        full.live.set({ of: 'calls', id: '700', value });
      };
      tell({ status: 'waiting', deadline: Date.now() + 252_000 });
      await expect(page.getByText(/4:1\d left/)).toBeVisible();
      await pictures(page, 'caller-waiting', theme);
      tell({ status: 'running' });
      await expect(page.getByText('Allowed, and running')).toBeVisible();
      tell({ status: 'reviewing', changed: 'arguments', deadline: Date.now() + 100_000 });
      await expect(page.getByText('Their person looks at the answer')).toBeVisible();
      await expect(page.getByText(/Their person changed the arguments/)).toBeVisible();
      await pictures(page, 'caller-reviewing', theme);
      await page.getByRole('button', { name: 'Cancel' }).click();
      tell({ status: 'refused', errorCode: -32_060, error: 'The person there denied this call: Not today.' });
      await expect(page.getByRole('alert', { name: 'What came of it' })).toContainText('Not today.');
      await pictures(page, 'caller-denied', theme);
      tell({ status: 'refused', errorCode: -32_061, error: 'Nobody answered in time.' });
      await expect(page.getByText('It was not denied, and did not run.')).toBeVisible();
      tell({
        status: 'refused',
        errorCode: -32_062,
        error: 'You have used what this host lets you use in 24 hours.',
      });
      const ada = full.snapshot().peers[fakePeerId(1)];
      if (ada === undefined) throw new Error('There is no such peer.');
      full.live.set({
        of: 'peers',
        id: ada.peerId,
        value: { ...ada, pausesUsUntil: Date.now() + 3_600_000 },
      });
      await expect(page.getByText(/They take calls again at about/)).toBeVisible();
      tell({ status: 'failed', error: 'The link was lost.', redeemable: true });
      await expect(page.getByRole('button', { name: 'Ask again for its result' })).toBeVisible();
      await expectNothingSerious(page, theme);
      await pictures(page, 'caller-lost', theme);
      await page.getByRole('button', { name: 'Ask again for its result' }).click();
      await expect.poll(() => full.asked.at(-1)?.what).toBe('calls.redeem');
    });
  });
}

test('hostile text stretches a card within bounds and moves no button sideways; what changes later moves none', async ({
  page,
  full,
  gatehouse,
}) => {
  const tame = fakeApproval('aaa1', 1, 9000, Date.now(), {
    arguments: [{ name: 'text', preview: '"x"', length: 3 }],
  });
  const after = fakeApproval('aaa2', 2, 8000, Date.now());
  onlyAsk(full, tame, after);
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const boxes = async () =>
    Promise.all(
      (await page.getByRole('button', { name: 'Allow once' }).all()).map((button) => button.boundingBox()),
    );
  await expect(page.getByRole('article')).toHaveCount(2);
  const [own] = await boxes();
  const wild = '\u202E\u2067\u200B\u0336\u{E0041}\u001B[2J\u0000'.repeat(200);
  // As many line breaks, towers of marks and wide signs as fit: within its row, and the card's width stays.
  ask(full, {
    ...tame,
    tool: `a${wild}`,
    arguments: [{ name: `n${wild}`, preview: `"${wild}\\n\\n\\n${'字'.repeat(900)}`, length: 9000 }],
  });
  await expect(card(page, /⟨U\+202E⟩/)).toBeVisible();
  const moved = await boxes();
  // Sideways nothing moves, and below it stays within bounds: what is shown of a name or an argument is cut, and said.
  expect(moved[0]?.x).toBe(own?.x);
  expect(moved[0]?.width).toBe(own?.width);
  expect((moved[0]?.y ?? 0) - (own?.y ?? 0)).toBeLessThan(900);
  const still = await boxes();
  // What comes and goes in the lines of state moves nothing at all.
  ask(full, {
    ...tame,
    tool: `a${wild}`,
    arguments: [{ name: `n${wild}`, preview: `"${wild}\\n\\n\\n${'字'.repeat(900)}`, length: 9000 }],
    callerAway: true,
    deadline: Date.now() + 999_000,
  });
  await expect(page.getByText('caller away')).toBeVisible();
  expect(await boxes()).toEqual(still);
});

test.describe('by keyboard', () => {
  test('j, k, a, d, l, e, u, x and ? do what the help says, once, and only on a card', async ({
    page,
    full,
    gatehouse,
  }) => {
    onlyAsk(full, ...likeApprovals(Date.now()));
    await page.setViewportSize({ width: 1280, height: 1200 });
    await gatehouse.open(url(full));
    await gatehouse.goTo('Approvals');
    const cards = page.getByRole('article');
    await expect(cards).toHaveCount(3);
    // The focus is elsewhere: nothing is answered from there.
    await page.keyboard.press('a');
    await page.keyboard.press('d');
    expect(lastAnswer(full)).toBeUndefined();
    await page.locator('#page').focus();
    await page.keyboard.press('j');
    await expect(cards.first()).toBeFocused();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await expect(cards.first()).toBeFocused();
    await page.waitForTimeout(700);
    await page.keyboard.press('a');
    await expect(cards.first().getByText('Allowed once')).toBeVisible();
    expect(lastAnswer(full)).toMatchObject({ id: 'like1', answer: { kind: 'allow-once', edited: null } });
    await page.keyboard.press('u');
    await expect(cards.first().getByText('Allowed once')).toBeHidden();
    expect(full.asked.at(-1)).toMatchObject({ what: 'approvals.undo', input: { ids: ['like1'] } });
    await page.keyboard.press('d');
    await expect(cards.first().getByText('Denied.')).toBeVisible();
    expect(lastAnswer(full)).toMatchObject({ id: 'like1', answer: { kind: 'deny' } });
    await page.keyboard.press('j');
    await page.keyboard.press('l');
    await expect(cards.nth(1).getByText(/Put off until/)).toBeVisible();
    expect(lastAnswer(full)).toMatchObject({ id: 'like2', answer: { kind: 'later', minutes: 5 } });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await expect(cards.nth(2).getByRole('checkbox')).toBeChecked();
    await page.keyboard.press('e');
    await expect(page.getByRole('dialog', { name: 'Edit, then allow once' })).toBeVisible();
    // In its field, letters are letters.
    await page.keyboard.press('d');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    expect(lastAnswer(full)).toMatchObject({ id: 'like2' });
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+D');
    const batch = page.getByRole('dialog', { name: '1 call like this' });
    await expect(batch.getByRole('button', { name: 'Deny it' })).toBeFocused();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+A');
    await expect(batch.getByRole('button', { name: 'Close' }).last()).toBeFocused();
  });

  test('a key that is held, or a card not wholly in sight, allows nothing', async ({
    page,
    full,
    gatehouse,
  }) => {
    onlyAsk(full, ...likeApprovals(Date.now()));
    await gatehouse.open(url(full));
    await gatehouse.goTo('Approvals');
    const cards = page.getByRole('article');
    await expect(cards).toHaveCount(3);
    await page.waitForTimeout(700);
    await page.setViewportSize({ width: 1280, height: 300 });
    await cards.first().focus();
    await page.keyboard.press('a');
    await expect(cards.first().getByText(/taller than the window/)).toBeVisible();
    await page.setViewportSize({ width: 1280, height: 800 });
    await cards.first().evaluate((element) => {
      for (let times = 0; times < 5; times += 1)
        element.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', repeat: true, bubbles: true }));
    });
    expect(lastAnswer(full)).toBeUndefined();
  });
});
