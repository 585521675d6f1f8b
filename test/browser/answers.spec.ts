import { expect, test, type Locator, type Page } from '@playwright/test';
import { snapshot, type Connection } from '../../main/headless/client.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import { plainRule } from '../../shared/rules.ts';
import type { Serving } from '../fixtures/serving.ts';
import { everythingSource, RealHosts } from './pages/real-hosts.ts';

/** Every answer on the card, by pointer and by keys, at a real host whose effect a second real host sees. */
const AGENT = AgentName.parse('everything');
const PICTURES = 'test-results/pictures/answers';

let hosts: RealHosts;
let ada: Serving;
let ben: Serving;
let atAda: Connection['client'];
let atBen: Connection['client'];
let benId: PeerId;
let adaId: PeerId;

test.beforeAll(async () => {
  hosts = await RealHosts.make();
  [ada, ben] = await Promise.all([hosts.start('Ada'), hosts.start('Ben')]);
  [atAda, atBen] = await Promise.all([hosts.client(ada), hosts.client(ben)]);
  benId = PeerId.parse(ben.peerId);
  adaId = PeerId.parse(ada.peerId);
  await atAda.settings.set({ undoSeconds: 1 });
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
  await atAda.contacts.accept({ peerId: benId, alias: 'Ben at work' });
  await atBen.contacts.accept({ peerId: adaId, alias: 'Ada' });
  await expect
    .poll(async () => (await snapshot(atBen)).peers[adaId]?.agents.map(({ name }) => name))
    .toEqual([AGENT]);
});

test.afterAll(async () => {
  await hosts.stop();
});

/** What Ben is told in the end: the texts of the answer, or the sentence of the refusal. */
async function told(call: Promise<{ content?: unknown[] | undefined }>): Promise<string> {
  try {
    return JSON.stringify((await call).content);
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown';
  }
}
const echo = (message: string): Promise<string> =>
  told(atBen.tools.call({ peerId: adaId, agent: AGENT, tool: 'echo', arguments: { message } }));

const forgetRules = async (): Promise<void> => {
  for (const { id } of Object.values((await snapshot(atAda)).rules)) await atAda.rules.remove({ id });
};

async function openApprovals(page: Page, complaints: string[]): Promise<void> {
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(ada.url);
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /^Approvals/ })
    .click();
}

interface Way {
  press(button: Locator): Promise<void>;
  choose(card: Locator, menu: string, item: string): Promise<void>;
}

const byPointer = (page: Page): Way => ({
  press: (button) => button.click(),
  async choose(card, menu, item) {
    await card.getByRole('button', { name: menu }).click();
    await page
      .getByRole('menuitem', { name: item, exact: true })
      .or(page.getByRole('menuitem', { name: new RegExp(`^${item} `) }))
      .first()
      .click();
  },
});

const byKeys = (page: Page): Way => ({
  async press(button) {
    await button.focus();
    await page.keyboard.press('Enter');
  },
  async choose(card, menu, item) {
    await card.getByRole('button', { name: menu }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    for (let step = 0; step < 12; step += 1) {
      const lit = page.locator('[role="menuitem"][data-highlighted]');
      if ((await lit.count()) > 0 && (await lit.innerText()).startsWith(item)) {
        await page.keyboard.press('Enter');
        return;
      }
      await page.keyboard.press('ArrowDown');
    }
    throw new Error(`The menu has no ${item}.`);
  },
});

const cardOf = (page: Page, text: string): Locator => page.getByRole('article').filter({ hasText: text });
/** Allow works once the card has stood still. */
const armed = async (card: Locator): Promise<void> => {
  await expect(card.getByRole('button', { name: 'Allow once' })).not.toHaveAttribute('aria-disabled', 'true');
};

for (const make of [byPointer, byKeys]) {
  const name = make === byPointer ? 'pointer' : 'keys';
  test(`every answer by ${name}`, async ({ page }) => {
    test.setTimeout(240_000);
    const complaints: string[] = [];
    const way = make(page);
    await openApprovals(page, complaints);
    /** Ben calls; resolves with the card, and what Ben will be told. */
    const asks = async (
      what: string,
    ): Promise<{ card: Locator; answer: Promise<string>; message: string }> => {
      const message = `${what}, by ${name}?`;
      const answer = echo(message);
      const card = cardOf(page, message);
      await expect(card.getByRole('button', { name: 'Allow once' })).toBeVisible();
      await expect(card.getByRole('button', { name: 'Allow once' })).not.toBeFocused();
      return { card, answer, message };
    };

    await test.step('undo, then allow once', async () => {
      const { card, answer, message } = await asks('Once');
      await expect(card).toContainText('Ben at work');
      await expect(card).toContainText('(calls itself “Ben”)');
      const words = (await snapshot(atAda)).peers[benId]?.safetyWords ?? [];
      expect(words).toHaveLength(6);
      expect((await snapshot(atBen)).peers[adaId]?.safetyWords).toEqual(words);
      await expect(card).toContainText(words.join(' '));
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${PICTURES}/card-${name}-${colorScheme}.png` });
      }
      await armed(card);
      await atAda.settings.set({ undoSeconds: 5 });
      await way.press(card.getByRole('button', { name: 'Allow once' }));
      await expect(card.getByText(/Allowed once\. Runs in \d s/)).toBeVisible();
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${PICTURES}/undo-${name}-${colorScheme}.png` });
      }
      await way.press(card.getByRole('button', { name: 'Undo' }));
      await expect(card.getByRole('button', { name: 'Deny', exact: true })).toBeVisible();
      await atAda.settings.set({ undoSeconds: 1 });
      await expect(card.getByText('Allowed once')).toBeHidden();
      await armed(card);
      await way.press(card.getByRole('button', { name: 'Allow once' }));
      expect(await answer).toContain(`Echo: ${message}`);
    });

    await test.step('deny; deny with a reason', async () => {
      const plain = await asks('Denied');
      await way.press(plain.card.getByRole('button', { name: 'Deny', exact: true }));
      expect(await plain.answer).toMatch(/denied/);
      const { card, answer } = await asks('With a reason');
      await way.choose(card, 'More ways to deny', 'Deny with a reason…');
      const dialog = page.getByRole('dialog', { name: 'Deny with a reason' });
      await dialog.getByLabel('Reason').fill('Not on a Sunday.');
      await way.press(dialog.getByRole('button', { name: 'Deny', exact: true }));
      expect(await answer).toContain('Not on a Sunday.');
    });

    await test.step('edit and allow', async () => {
      const { card, answer, message } = await asks('Edited');
      await armed(card);
      await way.press(card.getByRole('button', { name: 'Edit…' }));
      const dialog = page.getByRole('dialog', { name: 'Edit, then allow once' });
      const field = dialog.getByLabel('Arguments as JSON');
      await expect(field).toHaveValue(new RegExp(`Edited, by ${name}`));
      await expect(dialog.getByRole('button', { name: 'Allow with these changes' })).toBeDisabled();
      await field.fill('{ "message": ');
      await expect(dialog.getByText(/no JSON yet/)).toBeVisible();
      await field.fill('{ "message": "Something else" }');
      await expect(dialog.getByRole('region', { name: 'The difference' })).toContainText('Something else');
      await page.screenshot({ path: `${PICTURES}/edit-${name}.png` });
      await way.press(dialog.getByRole('button', { name: 'Allow with these changes' }));
      expect(await answer).toContain('Echo: Something else');
      const [ended] = await atBen.calls.page({ limit: 1 });
      expect(ended?.changed).toBe('arguments');
      expect(await answer).not.toContain(message);
    });

    await test.step('later, and then allow', async () => {
      const { card, answer, message } = await asks('Later');
      const before = Object.values((await snapshot(atAda)).approvals)[0]?.deadline ?? 0;
      await way.choose(card, 'Later', '15 minutes');
      await expect(card.getByText(/Put off until/)).toBeVisible();
      await expect
        .poll(
          async () =>
            Object.values((await snapshot(atBen)).calls).find(({ status }) => status === 'waiting')
              ?.deadline ?? 0,
        )
        .toBeGreaterThan(before + 60_000);
      await way.press(card.getByRole('button', { name: 'Answer now' }));
      await armed(card);
      await way.press(card.getByRole('button', { name: 'Allow once' }));
      expect(await answer).toContain(`Echo: ${message}`);
    });

    for (const [item, said] of [
      ['10 minutes', 'Allowed for 10 minutes'],
      ['1 hour', 'Allowed for 1 hour'],
      ['1 day', 'Allowed for 1 day'],
      ['Until I quit', 'Allowed until you quit'],
      ['Always', 'Allowed always'],
    ] as const) {
      await test.step(`allow for: ${item}`, async () => {
        const { card, answer, message } = await asks(item);
        await armed(card);
        await way.choose(card, 'Allow for…', item);
        await expect(card.getByText(said)).toBeVisible();
        expect(await answer).toContain(`Echo: ${message}`);
        // The next one is not asked about.
        expect(await echo('Unasked?')).toContain('Echo: Unasked?');
        await forgetRules();
      });
    }

    await test.step('allow with limits: once an hour, then it is asked again', async () => {
      const { card, answer, message } = await asks('With limits');
      await armed(card);
      await way.choose(card, 'Allow for…', 'With limits…');
      const dialog = page.getByRole('dialog', { name: 'Allow with limits' });
      await dialog.getByLabel('Calls an hour, at most').fill('x');
      await expect(dialog.getByRole('button', { name: 'Allow', exact: true })).toBeDisabled();
      await dialog.getByLabel('Calls an hour, at most').fill('2');
      await way.press(dialog.getByRole('button', { name: 'Allow', exact: true }));
      expect(await answer).toContain(`Echo: ${message}`);
      const [rule] = Object.values((await snapshot(atAda)).rules);
      expect(rule?.limits?.hour.calls).toBe(2);
      // Whether the call that made the rule counts is the host's affair: after two more there is no room.
      let heard = '';
      for (const number of ['first', 'second', 'third']) {
        const next = `The ${number} more, by ${name}?`;
        const call = echo(next);
        const asked = cardOf(page, next);
        const isAsked = await Promise.race([
          call.then(() => false),
          asked.waitFor({ timeout: 60_000 }).then(
            () => true,
            () => false,
          ),
        ]);
        if (!isAsked) continue;
        await expect(asked).toContainText('the limits of a rule are used up');
        await way.press(asked.getByRole('button', { name: 'Deny', exact: true }));
        heard = await call;
        break;
      }
      expect(heard).toMatch(/denied/);
      await forgetRules();
    });

    await test.step('deny always: a rule denies the next one', async () => {
      const { card, answer } = await asks('Never');
      await way.choose(card, 'More ways to deny', 'Deny always');
      await expect(card.getByText('Denied always')).toBeVisible();
      expect(await answer).toMatch(/denied/);
      expect(await echo('Still?')).toMatch(/rule/i);
      await forgetRules();
    });

    expect(complaints).toEqual([]);
  });
}

test('triage by single keys, and a batch of like calls', async ({ page }) => {
  const complaints: string[] = [];
  await page.setViewportSize({ width: 1280, height: 1400 });
  await openApprovals(page, complaints);
  const answers = ['One key?', 'Another key?'].map(echo);
  await expect(page.getByRole('article')).toHaveCount(2);
  await page.locator('#page').focus();
  await page.keyboard.press('j');
  const first = page.locator('article:focus');
  await expect(first).toHaveCount(1);
  await page.waitForTimeout(700);
  await page.keyboard.press('a');
  await expect(first.getByText('Allowed once')).toBeVisible();
  await page.keyboard.press('u');
  await expect(first.getByText('Allowed once')).toBeHidden();
  await page.keyboard.press('d');
  await page.keyboard.press('j');
  await page.keyboard.press('l');
  await expect(page.getByText(/Put off until/)).toBeVisible();
  await page.locator('article:focus').getByRole('button', { name: 'Answer now' }).press('Enter');
  await page.waitForTimeout(700);
  await page.keyboard.press('a');
  const heard = await Promise.all(answers);
  expect(heard.filter((words) => words.includes('Echo:'))).toHaveLength(1);
  expect(heard.filter((words) => words.includes('denied'))).toHaveLength(1);

  const many = ['Monday?', 'Tuesday?', 'Wednesday?'].map(echo);
  await cardOf(page, 'Monday?').getByRole('button', { name: '3 like this: answer together…' }).click();
  const dialog = page.getByRole('dialog', { name: '3 calls like this' });
  await expect(dialog).toContainText('Tuesday?');
  await expect(dialog.getByRole('button', { name: 'Allow each once' })).not.toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await page.screenshot({ path: `${PICTURES}/batch.png` });
  await dialog.getByRole('button', { name: 'Allow each once' }).click();
  await expect(dialog.getByText('Allowed once')).toHaveCount(3);
  expect((await Promise.all(many)).every((words) => words.includes('Echo: '))).toBe(true);
  expect(complaints).toEqual([]);
});

test('an answer is held, redacted, and its caller told; the caller’s page says each stage', async ({
  page,
  browser,
}) => {
  const complaints: string[] = [];
  await openApprovals(page, complaints);
  const { pin: _, ...scope } = plainRule;
  await atAda.rules.add({ ...scope, peerId: benId, agent: AGENT, tool: 'echo', effect: 'ask-and-review' });
  const b = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  await b.goto(ben.url);
  const form = `#/peers/${adaId}/everything/echo`;
  await b.evaluate((hash) => {
    window.location.hash = hash;
  }, form);
  await b.getByLabel(/message/i).fill('The code is 4711.');
  await b.getByRole('button', { name: 'Call', exact: true }).click();
  await expect(b.getByText('Waiting for their person')).toBeVisible();
  await expect(b.getByText(/\d:\d\d left/)).toBeVisible();
  const card = cardOf(page, 'wants to use').filter({ hasText: 'The code is 4711.' });
  await expect(card).toContainText('What it answers comes back to you before it leaves.');
  await armed(card);
  await card.getByRole('button', { name: 'Allow once' }).click();
  const held = cardOf(page, 'is to get what');
  await expect(held).toContainText('Echo: The code is 4711.');
  await expect(b.getByText(/Their person looks at the answer/)).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await held.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${PICTURES}/review-${colorScheme}.png` });
  }
  await held.getByRole('button', { name: 'Redact…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Redact, then release' });
  const field = dialog.getByLabel('The answer as JSON');
  await expect(field).toHaveValue(/4711/);
  await field.evaluate((area: HTMLTextAreaElement) => {
    const from = area.value.indexOf('4711');
    area.setSelectionRange(from, from + 4);
  });
  await dialog.getByRole('button', { name: 'Black out what is selected' }).click();
  await dialog.getByRole('button', { name: 'Release with these changes' }).click();
  await expect(b.getByText('Echo: The code is ████.')).toBeVisible();
  await expect(b.getByText('Their person changed the answer before it left.')).toBeVisible();
  await b.screenshot({ path: `${PICTURES}/redacted-at-ben.png` });
  await forgetRules();
  expect(complaints).toEqual([]);
});

test('deny and block ends the link; Stop all by its key stops the rest, and says so', async ({ page }) => {
  const complaints: string[] = [];
  await openApprovals(page, complaints);
  const waiting = echo('Stopped?');
  await expect(cardOf(page, 'Stopped?')).toBeVisible();
  await page.keyboard.press('Control+Shift+.');
  await page.keyboard.press('Control+Shift+.');
  expect(await waiting).not.toContain('Echo');
  await expect(page.getByText('Everything is stopped since')).toBeVisible();
  await expect(page.getByText(/1 question refused/)).toBeVisible();
  await page.getByRole('button', { name: 'How it was checked' }).click();
  await expect(page.getByRole('region', { name: /What was stopped/ })).toContainText('everything');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${PICTURES}/stopped-${colorScheme}.png` });
  }
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('Everything is stopped since')).toBeHidden();
  await atBen.peers.dial({ address: ada.address });
  await expect.poll(async () => (await snapshot(atAda)).peers[benId]?.state).toBe('connected');
  await atAda.agents.start({ name: AGENT });

  const last = echo('Blocked?');
  const card = cardOf(page, 'Blocked?');
  await card.getByRole('button', { name: 'More ways to deny' }).click();
  await page.getByRole('menuitem', { name: /Deny and block/ }).click();
  expect(await last).not.toContain('Echo');
  await expect.poll(async () => (await snapshot(atAda)).peers[benId]?.trust).toBe('blocked');
  expect(complaints).toEqual([]);
});
