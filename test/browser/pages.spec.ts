/** The pages over a FAKE host with made-up life: what they show, in both themes, to eyes, ears and keys. */
import { expect, type Page } from '@playwright/test';
import { LivelyHost } from '../fixtures/lively/lively-host.ts';
import { fakeApproval } from '../fixtures/lively/asking-seed.ts';
import { PAGE_NAMES } from './pages/gatehouse-page.ts';
import { expectNothingSerious, test, url } from './pages/lively-test.ts';

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('every page renders full, without a complaint and without a serious finding', async ({
      page,
      full,
      complaints,
      gatehouse,
    }) => {
      // Axe looks at many pages, each for seconds.
      test.slow();
      await gatehouse.open(url(full));
      for (const name of PAGE_NAMES) {
        await gatehouse.goTo(name);
        await expectNothingSerious(page, theme);
      }
      expect(complaints).toEqual([]);
    });

    test('every page says what to do where there is nothing yet', async ({
      page,
      empty,
      complaints,
      gatehouse,
    }) => {
      // Axe looks at many pages, each for seconds.
      test.slow();
      await gatehouse.open(url(empty));
      for (const name of PAGE_NAMES) {
        await gatehouse.goTo(name);
        await expectNothingSerious(page, theme);
      }
      await gatehouse.goTo('Peers');
      await expect(page.getByText('Nobody found yet')).toBeVisible();
      await gatehouse.goTo('Agents');
      await expect(page.getByText('You host no agent')).toBeVisible();
      expect(complaints).toEqual([]);
    });

    test('panels and dialogs have no serious finding', async ({ page, full, complaints, gatehouse }) => {
      // Axe looks at many pages, each for seconds.
      test.slow();
      await gatehouse.open(url(full));
      await gatehouse.goTo('Peers');
      await gatehouse.peerList.getByRole('row').filter({ hasText: 'Workshop' }).click();
      await expectNothingSerious(page, theme);
      await gatehouse.openTool('Ada’s laptop', 'filesystem', 'write_file');
      await expectNothingSerious(page, theme);
      await gatehouse.goTo('Calls');
      await gatehouse.callTable.getByRole('row').nth(5).click();
      await expect(
        page.getByRole('complementary', { name: 'Selected call' }).getByText('Arguments'),
      ).toBeVisible();
      await expectNothingSerious(page, theme);
      await gatehouse.goTo('Agents');
      await page.getByRole('button', { name: 'Add an agent' }).click();
      await expectNothingSerious(page, theme);
      expect(complaints).toEqual([]);
    });
  });
}

test('an approval can be answered with the keyboard alone, and the focus never starts on Allow', async ({
  page,
  full,
  complaints,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await page.keyboard.press('Control+k');
  await page.keyboard.type('approvals');
  await page.keyboard.press('Enter');
  const card = gatehouse.approval(/Ada’s laptop.*write_file/);
  await expect(card).toBeVisible();
  await expect(page.getByRole('button', { name: /Allow/ }).and(page.locator(':focus'))).toHaveCount(0);

  const allow = card.getByRole('button', { name: 'Allow once' });
  await expect(allow).toBeEnabled();
  const deny = card.getByRole('button', { name: 'Deny', exact: true });
  await tabTo(page, deny);
  await tabTo(page, allow);
  await page.keyboard.press('Enter');
  await expect(card.getByText('Allowed once')).toBeVisible();
  expect(full.asked).toContainEqual({
    what: 'approvals.answer',
    input: {
      id: 'aaaa1',
      digest: '01'.repeat(32),
      answer: { kind: 'allow-once', edited: null },
      undoSeconds: 3,
    },
  });
  expect(complaints).toEqual([]);
});

/** Presses Tab until the element has the focus; fails after far more stops than a page has. */
async function tabTo(page: Page, target: ReturnType<Page['locator']>): Promise<void> {
  for (let stop = 0; stop < 60; stop += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not lead to it.');
}

test('a new question is announced, comes last, and moves nothing that is shown', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const third = gatehouse.approval(/calls itself/).filter({ hasText: 'safe' });
  const before = await third.boundingBox();
  full.live.set({
    of: 'approvals',
    id: 'zzzz9',
    value: fakeApproval('zzzz9', 2, 0, Date.now(), { tool: 'search' }),
  });
  await expect(page.getByRole('status', { name: 'New approvals' })).toContainText(
    'Workshop wants to use filesystem, search.',
  );
  await expect(page.getByRole('article').last()).toContainText('Workshop');
  // One that is withdrawn keeps its place too.
  full.live.set({ of: 'approvals', id: 'aaaa2', value: null });
  await expect(page.getByText('No longer waiting')).toBeVisible();
  expect(await third.boundingBox()).toEqual(before);
  await expect(page).toHaveTitle('(4) Gatehouse');
});

test('a new contact request is announced', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Calls');
  const announced = page.getByRole('status', { name: 'New contact requests' });
  await expect(announced).toBeEmpty();
  const stranger = Object.values(full.snapshot().peers).find(
    ({ trust, request }) => trust === 'unknown' && request === null,
  );
  if (stranger === undefined) throw new Error('There is no unknown peer.');
  const now = Date.now();
  const request = { firstAt: now, lastAt: now, attempts: 1, wanted: null };
  full.live.set({
    of: 'peers',
    id: stranger.peerId,
    value: { ...stranger, name: 'Ines', request },
  });
  await expect(announced).toContainText(/“Ines” .* asks to be a contact\./);
  await expect(page.getByRole('link', { name: /^Peers.*2 contact requests waiting for you/ })).toBeVisible();
});

test('hostile text stays text: nothing of it becomes markup or hides', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const card = gatehouse.approval(/Ada’s laptop.*write_file/);
  await expect(card).toContainText('⟨U+202E⟩txt.exe⟨U+202C⟩');
  await expect(card).toContainText('<b onclick=x>Allow</b>');
  await card.getByRole('button', { name: 'Whole content' }).click();
  await expect(card.getByRole('region', { name: 'Whole content' })).toContainText(
    '⟨U+200B⟩⟨U+200B⟩<b onclick=x>',
  );
  expect(await page.locator('[onclick]').count()).toBe(0);
});

test('an answer that comes too late says so, and keeps the card', async ({ full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const card = gatehouse.approval(/Library server.*read_file/);
  await expect(card).toBeVisible();
  full.asking.refuseAnswers = 'The question is not the one that was shown.';
  await gatehouse.allowOnce(/Library server.*read_file/);
  await expect(card.getByRole('alert')).toContainText('The question is not the one that was shown.');
});

test('"Allow for…" makes a rule as the menu says', async ({ full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  await gatehouse.allowFor(/Library server.*read_file/, '1 hour');
  await expect(gatehouse.approval(/Library server.*read_file/).getByText('Allowed for 1 hour')).toBeVisible();
  expect(full.asked.at(-1)?.input).toMatchObject({
    id: 'aaaa2',
    answer: { kind: 'allow-for', seconds: 3600 },
  });
});

test('everything can be stopped and resumed from any page', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Rules');
  await page.getByRole('button', { name: 'Stop all' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Stop all' }).click();
  await expect(page.getByText('Everything is stopped since')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('Everything is stopped')).toBeHidden();
});

test('a peer’s tool is called from its form; the answer is shown as text and as a checked picture', async ({
  page,
  full,
  complaints,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.openTool('Ada’s laptop', 'filesystem', 'read_file');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await page.getByLabel('path').fill('notes/today.md');
  await page.getByLabel('lines (optional)').fill('5000');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await expect(page.getByText('At most 1000.')).toBeVisible();
  await page.getByLabel('lines (optional)').fill('20');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Answer, part 1' })).toContainText('<b>⟨U+202E⟩not markup');
  expect(full.asked.at(-1)?.input).toMatchObject({
    tool: 'read_file',
    arguments: { path: 'notes/today.md', encoding: 'utf8', lines: 20 },
  });

  await gatehouse.openTool('Ada’s laptop', 'filesystem', 'show_picture');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await expect(page.getByRole('img', { name: 'The tool’s answer, a picture' })).toBeVisible();

  await gatehouse.openTool('Ada’s laptop', 'filesystem', 'write_file');
  await page.getByLabel('path').fill('a');
  await page.getByLabel('content').fill('b');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await expect(page.getByText('Waiting for their person…')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled.')).toBeVisible();
  expect(complaints).toEqual([]);
});

test('an agent is added, its whole command shown, and nothing starts before it is confirmed', async ({
  page,
  empty,
  gatehouse,
}) => {
  await gatehouse.open(url(empty));
  await gatehouse.addAgent('notes', 'npx -y server "/home/me/My notes"');
  await expect(gatehouse.confirmCommand).toContainText('npx -y server');
  expect(empty.asked).toEqual([
    expect.objectContaining({
      what: 'agents.add',
      input: expect.objectContaining({
        source: expect.objectContaining({ args: ['-y', 'server', '/home/me/My notes'] }),
      }),
    }),
  ]);
  await gatehouse.confirmCommand.getByRole('button', { name: 'Confirm and start' }).click();
  await expect(gatehouse.confirmCommand).toBeHidden();
  await expect(page.getByRole('complementary').getByText('running', { exact: true })).toBeVisible();
  expect(empty.asked.at(-1)).toEqual({
    what: 'agents.confirm',
    input: { name: 'notes', sourceDigest: 'cd'.repeat(32) },
  });
  // The newcomer is not left alone after the first step.
  await gatehouse.goTo('Overview');
  const steps = page.getByRole('region', { name: 'First steps' }).getByRole('listitem');
  await expect(steps.first().getByRole('img', { name: 'Done' })).toBeVisible();
  await expect(steps.nth(1)).toContainText('Meet another machine');
});

test('a contact request is accepted under a name of mine', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  // Its own name hides characters, so it is not proposed.
  await page
    .getByRole('article', { name: 'Contact request' })
    .getByRole('button', { name: 'Accept…' })
    .click();
  const field = page.getByRole('dialog').getByLabel('What you call it');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('');
  await page.keyboard.press('Escape');
  await gatehouse.acceptRequest('Bo');
  await expect(page.getByRole('article', { name: 'Contact request' })).toHaveCount(0);
  await gatehouse.goTo('Peers');
  await expect(
    gatehouse.peerList
      .getByRole('row')
      .filter({ hasText: /^connectedBo|Bo/ })
      .first(),
  ).toBeVisible();
  expect(full.asked.at(-1)).toMatchObject({
    what: 'contacts.accept',
    input: { alias: 'Bo', trust: 'known' },
  });
});

test('graph and list share one selection, and the keys go through both', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Peers');
  await page.getByTestId('peer-graph').focus();
  await page.keyboard.press('ArrowRight');
  const selected = gatehouse.peerList.getByRole('row', { selected: true });
  await expect(selected).toHaveCount(1);
  const name = await selected.textContent();
  await gatehouse.peerList.focus();
  await page.keyboard.press('ArrowDown');
  await expect(selected).not.toHaveText(name ?? '');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('complementary', { name: 'Selected peer' })).toBeHidden();
});

test('a peer of the graph is picked with the pointer, this machine being in the middle', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Peers');
  const graph = page.getByTestId('peer-graph');
  const box = await graph.boundingBox();
  const noor = Object.values(full.snapshot().peers).find(({ alias }) => alias === 'Noor');
  if (box === null || noor === undefined) throw new Error('There is no graph, or no Noor.');
  await expect
    .poll(() => page.evaluate(() => localStorage.getItem('gatehouse.graph')))
    .toContain(noor.peerId);
  const { x, y } = await page.evaluate((id) => {
    const kept: Record<string, { x: number; y: number }> = JSON.parse(
      localStorage.getItem('gatehouse.graph') ?? '{}',
    );
    return kept[id] ?? { x: 0, y: 0 };
  }, noor.peerId);
  // Outwards from the middle until something is under the pointer.
  const length = Math.hypot(x, y);
  for (let reach = 40; reach < 400; reach += 8) {
    await page.mouse.move(
      box.x + box.width / 2 + (x / length) * reach,
      box.y + box.height / 2 + (y / length) * reach,
    );
    if (await graph.evaluate((element) => element.classList.contains('cursor-pointer'))) break;
  }
  await expect(graph).toHaveClass(/cursor-pointer/);
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByRole('complementary', { name: 'Selected peer' })).toContainText('Noor');
});

test('the arrow keys go past the row of the unknown peers, and Enter opens it', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Peers');
  const unknown = gatehouse.peerList.getByRole('row', { name: '37 unknown peers' });
  const selected = gatehouse.peerList.getByRole('row', { selected: true });
  await gatehouse.peerList.getByRole('row', { name: /Museum/ }).click();
  await gatehouse.peerList.focus();
  await page.keyboard.press('ArrowDown');
  await expect(unknown).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(selected).toContainText('spam-gate');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(unknown.getByRole('gridcell')).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(selected).toContainText('unknown');
  await page.getByRole('complementary').getByRole('button', { name: 'Close' }).press('Enter');
  await expect(gatehouse.peerList).toBeFocused();
});

test('putting a question off and showing it again keeps the focus on it', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const card = gatehouse.approval(/Ada’s laptop.*write_file/);
  await card.getByRole('button', { name: 'Later' }).press('Enter');
  await page.getByRole('menuitem', { name: '5 minutes', exact: true }).press('Enter');
  await expect(card.getByText(/Put off until/)).toBeVisible();
  await expect(card).toBeFocused();
  await card.getByRole('button', { name: 'Answer now' }).press('Enter');
  await expect(card.getByRole('button', { name: 'Later' })).toBeVisible();
  await expect(card).toBeFocused();
});

test('calls follow the newest, freeze when scrolled up, and count what is new', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Calls');
  const rows = gatehouse.callTable.getByRole('row');
  await expect(rows.last()).toHaveAttribute('aria-rowindex', '501');
  full.addCall();
  await expect(rows.last()).toHaveAttribute('aria-rowindex', '502');
  await gatehouse.callTable.hover();
  await page.mouse.wheel(0, -2000);
  await expect(page.getByRole('button', { name: 'Follow' })).toBeVisible();
  const seen = await rows.nth(4).textContent();
  full.addCall();
  full.addCall();
  await expect(page.getByRole('button', { name: '2 new' })).toBeVisible();
  expect(await rows.nth(4).textContent()).toBe(seen);
  await page.getByRole('button', { name: '2 new' }).click();
  await expect(rows.last()).toHaveAttribute('aria-rowindex', '504');
});

test('a watch that ends is taken up again without a word', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  full.endWatches();
  full.live.updateHost({ demo: false });
  await expect(page.getByText('Demo', { exact: true })).toBeHidden();
  await expect(page.getByText('The host does not answer.')).toBeHidden();
});

test('a lost host is said and nothing can be answered; one with another token asks to be opened anew', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const allow = gatehouse.approval(/Ada’s laptop.*write_file/).getByRole('button', { name: 'Allow once' });
  await expect(allow).toBeEnabled();
  const port = full.server?.port ?? 0;
  await full.stop();
  await expect(page.getByText('The host does not answer.')).toBeVisible();
  await expect(allow).toBeDisabled();
  const next = new LivelyHost({ fill: 'empty', lively: false, port });
  await next.start();
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(page.getByRole('heading', { name: 'This page is not signed in' })).toBeVisible();
  await next.stop();
});

test('without a token the page says how to get in', async ({ page, full }) => {
  const bare = new URL(url(full));
  bare.search = '';
  await page.goto(bare.href);
  await expect(page.getByRole('heading', { name: /token/ })).toBeVisible();
});

for (const { name, width, height } of [
  { name: 'icons', width: 1024, height: 700 },
  { name: 'a bar at the bottom', width: 400, height: 800 },
]) {
  test(`at ${width.toString()} px the rail is ${name}, and nothing overflows sideways`, async ({
    page,
    full,
    gatehouse,
  }) => {
    await page.setViewportSize({ width, height });
    await gatehouse.open(url(full));
    for (const pageName of PAGE_NAMES) {
      await gatehouse.goTo(pageName);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await expect(page.getByRole('button', { name: /Stop all/ })).toBeInViewport();
    }
  });
}
