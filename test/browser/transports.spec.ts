/** The two transports over a FAKE host: choosing, falling back, legacy peers, the migration and comparisons. */
import { readFile } from 'node:fs/promises';
import { expect, type Page } from '@playwright/test';
import { Comparison } from '../../shared/compare.ts';
import { LEGACY, LEGACY_RISK } from '../../renderer/words/transports.ts';
import { fakePeerId } from '../fixtures/lively/fake-ids.ts';
import type { LivelyHost } from '../fixtures/lively/lively-host.ts';
import { fakeApproval } from '../fixtures/lively/asking-seed.ts';
import { withTransport } from '../fixtures/lively/transport-seed.ts';
import { expectNothingSerious, test, url } from './pages/lively-test.ts';

const OLD_LAB = fakePeerId(6);
const ATTIC = fakePeerId(11);
const MUSEUM = fakePeerId(12);

async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    window.location.hash = to;
  }, hash);
}
const panelOf = (page: Page) => page.getByRole('complementary', { name: 'Selected peer' });

/** Leaves only contacts that libp2p reaches. */
function withoutDependents(host: LivelyHost): void {
  for (const id of [OLD_LAB, ATTIC, MUSEUM]) host.live.set({ of: 'peers', id, value: null });
  for (const peer of Object.values(host.snapshot().peers)) {
    const transports = peer.transports.map((known) =>
      known.name === 'libp2p' ? { ...known, lastLinkedAt: Date.now(), lastError: null } : known,
    );
    host.live.set({ of: 'peers', id: peer.peerId, value: { ...peer, transports } });
  }
  const { settings } = host.snapshot();
  host.live.set({ of: 'settings', value: { ...settings, webSocketPeers: [] } });
}

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('panels, the migration and comparisons have no serious finding', async ({
      page,
      full,
      complaints,
      gatehouse,
    }) => {
      // Axe looks at many pages, each for seconds.
      test.slow();
      await gatehouse.open(url(full));
      for (const id of [OLD_LAB, ATTIC, MUSEUM]) {
        await show(page, `#/peers/${id}`);
        await expect(panelOf(page).getByRole('region', { name: 'Transports' })).toBeVisible();
        await expectNothingSerious(page, theme);
      }
      await panelOf(page).getByRole('button', { name: 'Allow calls all the same…' }).click();
      await expect(page.getByRole('alertdialog')).toContainText(LEGACY_RISK.see);
      await expectNothingSerious(page, theme);
      await page.keyboard.press('Escape');
      await show(page, '#/network/migration');
      await expect(page.getByRole('list', { name: 'Contacts' })).toBeVisible();
      await expectNothingSerious(page, theme);
      await gatehouse.goTo('Compare');
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      await expect(page.getByRole('status', { name: 'Outcome' })).toContainText('is fastest');
      await page.getByText('As a table').first().click();
      await page.getByRole('slider').first().focus();
      await page.keyboard.press('ArrowRight');
      await expectNothingSerious(page, theme);
      await page.getByRole('link', { name: 'From real calls' }).click();
      await expect(page.getByRole('region', { name: 'Results by way' })).toBeVisible();
      await expectNothingSerious(page, theme);
      expect(complaints).toEqual([]);
    });
  });
}

test('the transport is chosen in settings, with what each means, and locked by the environment', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Settings');
  const choice = page.getByRole('group', { name: 'Calls go over' });
  await expect(choice.getByRole('radio', { name: /^Both/ })).toBeChecked();
  await expect(choice).toContainText('Dawn nodes cannot be reached.');
  await choice.getByRole('radio', { name: /^libp2p/ }).click();
  await expect(choice.getByRole('radio', { name: /^libp2p/ })).toBeChecked();
  expect(full.asked).toContainEqual({ what: 'settings.set', input: { transport: 'libp2p' } });
  await expect(page.getByLabel('Status', { exact: true })).toContainText(/^libp2p ?·/);
  full.live.updateHost({ overrides: { transport: 'TRANSPORT_TYPE' } });
  await expect(choice.getByRole('radio', { name: /^WebSocket/ })).toBeDisabled();
  await expect(choice).toContainText('Set by TRANSPORT_TYPE in the environment.');
});

test('what drains, starts or fails is said in settings, on the overview and on the status line', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  const { settings, host } = full.snapshot();
  full.live.set({ of: 'settings', value: { ...settings, transport: 'websocket' } });
  full.live.updateHost({
    transports: withTransport(host.transports, 'libp2p', { state: 'draining', busy: 3 }),
  });
  await expect(page.getByRole('status', { name: 'Transports' })).toHaveText(
    'Calls with 3 agents still end over libp2p.',
  );
  await expect(page.getByLabel('Status', { exact: true })).toContainText(
    'WebSocket, calls with 3 agents end over libp2p',
  );
  await gatehouse.goTo('Settings');
  await expect(page.getByRole('status', { name: 'State of the transports' })).toHaveText(
    'Calls with 3 agents still end over libp2p.',
  );
  full.live.updateHost({
    transports: withTransport(host.transports, 'websocket', {
      state: 'failed',
      error: 'Port 8000 is taken.',
    }),
  });
  await expect(page.getByRole('status', { name: 'State of the transports' })).toHaveText(
    'WebSocket failed: Port 8000 is taken.',
  );
  await expect(page.getByLabel('Status', { exact: true })).toContainText('WebSocket failed');
  await gatehouse.goTo('Network');
  await expect(page.getByText('WebSocket: failed')).toBeVisible();
});

test('listening addresses, TLS files and kept peers are checked and saved', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Settings');
  const peers = page.getByLabel('WebSocket: peers');
  await peers.fill('ws://192.0.2.7:8000\nhttp://192.0.2.8');
  await peers.blur();
  await expect(page.getByRole('alert').filter({ hasText: 'Line 2' })).toContainText(
    'A WebSocket address looks like ws://192.0.2.7:8000',
  );
  const listen = page.getByLabel('WebSocket: listen on');
  await listen.fill('0.0.0.0:9000');
  await listen.blur();
  await expect.poll(() => full.asked.at(-1)?.input).toEqual({ webSocketListen: ['0.0.0.0:9000'] });
  await page.getByLabel('WebSocket: certificate file').fill('/etc/gatehouse/cert.pem');
  await page.getByRole('button', { name: 'Save the files' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'both files' })).toBeVisible();
  await page.getByLabel('WebSocket: key file').fill('/etc/gatehouse/key.pem');
  await page.getByRole('button', { name: 'Save the files' }).click();
  await expect
    .poll(() => full.asked.at(-1)?.input)
    .toEqual({ webSocketTls: { certificate: '/etc/gatehouse/cert.pem', key: '/etc/gatehouse/key.pem' } });
  await expect(page.getByRole('button', { name: 'Save the files' })).toHaveCount(0);
});

test('a peer that fell back says since when, why and what next; its transport can be set', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await show(page, `#/peers/${ATTIC}`);
  const panel = panelOf(page);
  await expect(panel).toContainText(
    /Over WebSocket since \d\d:\d\d, since libp2p did not answer for 3\.0 s:/,
  );
  await expect(panel).toContainText('The address 203.0.113.77 did not answer within 10 seconds.');
  await expect(panel).toContainText(/libp2p is tried again in \d+ s\./);
  await expect(panel.getByRole('region', { name: 'Links' })).toContainText('ws://203.0.113.77:8000');
  await expect(gatehouse.peerList.getByRole('row').filter({ hasText: 'Attic' })).toContainText(
    'WebSocket 27 ms',
  );
  await expect(page.getByRole('list', { name: 'Line styles' })).toContainText('over WebSocket');
  const choice = panel.getByLabel('For this peer', { exact: true });
  await expect(choice).toHaveValue('settings');
  await choice.selectOption('WebSocket only');
  await expect(choice).toHaveValue('websocket');
  expect(full.asked).toContainEqual({
    what: 'peers.setTransport',
    input: { peerId: ATTIC, transport: 'websocket' },
  });
  await choice.selectOption({ index: 0 });
  await expect.poll(() => full.asked.at(-1)?.input).toEqual({ peerId: ATTIC, transport: null });
});

test('a Dawn node is called only after the risk was shown, is marked as what it is, and can be given up', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await show(page, `#/peers/${MUSEUM}`);
  const panel = panelOf(page);
  await expect(panel).toContainText('It is not linked, since it answers without encryption.');
  await panel.getByRole('button', { name: 'Allow calls all the same…' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText(LEGACY_RISK.see);
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  expect(full.asked.map(({ what }) => what)).not.toContain('peers.allowLegacy');
  await dialog.getByRole('button', { name: 'Allow unencrypted answers' }).click();
  await expect(panel.getByRole('region', { name: 'Legacy' })).toContainText(LEGACY);
  await expect(panel.getByRole('region', { name: 'Links' })).toContainText(LEGACY);
  await expect(panel.getByRole('link', { name: /filesystem/ })).toContainText('unsigned');
  await panel.getByRole('region', { name: 'Legacy' }).getByRole('button', { name: LEGACY }).focus();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByText(LEGACY_RISK.agents)).toBeVisible();
  await panel.getByRole('link', { name: /filesystem/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('unsigned');
  await page.goBack();
  await panel.getByRole('button', { name: 'Allow it no more' }).click();
  await expect(panel).toContainText('It is not linked');
  expect(full.asked.filter(({ what }) => what === 'peers.allowLegacy').map(({ input }) => input)).toEqual([
    { peerId: MUSEUM, allowed: true },
    { peerId: MUSEUM, allowed: false },
  ]);
});

test('a call of one’s own over a legacy link is asked about: what leaves, and once only', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Approvals');
  const card = gatehouse.approval(/You are about to call filesystem.*read_file of Old lab/);
  await expect(card).toContainText('neither encrypted nor signed');
  await expect(card).toContainText('52 B of arguments');
  await expect(card).toContainText('/srv/lab/results/2026-11.csv');
  await expect(card.getByRole('button', { name: /^(Deny|Later|Edit|Allow|More)/ })).toHaveText([
    'Deny',
    'Later',
    'Allow once',
  ]);
  // One that comes in over such a link has no standing answers either.
  const incoming = fakeApproval('zzzz1', 6, 0, Date.now(), { path: 'legacy', tool: 'search' });
  full.live.set({ of: 'approvals', id: 'zzzz1', value: incoming });
  const theirs = gatehouse.approval(/Old lab.*wants to use filesystem.*search/);
  await expect(theirs).toContainText('It comes over a legacy link.');
  await expect(theirs.getByRole('button', { name: /for…/ })).toHaveCount(0);
  await expect(card.getByRole('button', { name: 'Allow once' })).toBeEnabled();
  await expect(card.getByRole('button', { name: 'Allow once' })).not.toHaveAttribute('aria-disabled', 'true');
  await card.getByRole('button', { name: 'Allow once' }).click();
  await expect(card.getByText('Allowed once')).toBeVisible();
  full.live.set({
    of: 'approvals',
    id: 'zzzz2',
    value: fakeApproval('zzzz2', 6, 0, Date.now(), { direction: 'out', path: 'legacy', tool: 'search' }),
  });
  await expect(page.getByRole('status', { name: 'New approvals' })).toHaveText(
    'You are about to call filesystem, search, of Old lab.',
  );
});

test('the migration says who needs WebSocket and why; switching it off says what breaks, and can be undone', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Network');
  await page.getByRole('link', { name: 'Migration' }).click();
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(
    'would stop working without WebSocket',
  );
  const rows = page.getByRole('list', { name: 'Contacts' }).getByRole('listitem');
  await expect(rows.filter({ hasText: 'Old lab' })).toContainText('needs WebSocket');
  await expect(rows.filter({ hasText: 'Attic' })).toContainText('did not answer within 10 seconds');
  await expect(rows.filter({ hasText: 'Workshop' })).toContainText('ready');
  await page.getByRole('button', { name: 'Switch off WebSocket…' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Switch off WebSocket?' });
  await expect(dialog).toContainText('Museum: It is a Dawn node');
  await dialog.getByRole('button', { name: 'Switch off WebSocket' }).click();
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText('WebSocket is switched off.');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Switch off WebSocket…' })).toBeVisible();
  expect(full.asked.filter(({ what }) => what === 'settings.set').map(({ input }) => input)).toEqual([
    { transport: 'libp2p' },
    { transport: 'both' },
  ]);
});

test('where nothing would break one press is enough, and then all is done', async ({
  page,
  full,
  gatehouse,
}) => {
  withoutDependents(full);
  await gatehouse.open(url(full));
  await show(page, '#/network/migration');
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText('WebSocket can be switched off');
  await page.getByRole('button', { name: 'Switch off WebSocket', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(
    'switched off, and nobody needs it',
  );
  await expect(page.getByRole('main').getByRole('button', { name: /Switch/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
});

test('with nobody there the migration and the comparison say what to do', async ({
  page,
  empty,
  gatehouse,
}) => {
  await gatehouse.open(url(empty));
  await show(page, '#/network/migration');
  await expect(page.getByText('You have no contacts yet.')).toBeVisible();
  await gatehouse.goTo('Compare');
  await expect(page.getByText('There is nobody to compare ways to')).toBeVisible();
  await page.getByRole('link', { name: 'From real calls' }).click();
  await expect(page.getByText('No calls to compare')).toBeVisible();
});

test('a comparison runs, shows each way or why not, and is saved', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Compare');
  await page.getByLabel('Peer', { exact: true }).selectOption('Workshop');
  await page.getByLabel('Calls, over each way').fill('300');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('status', { name: 'Outcome' })).toContainText(/^TCP is fastest: .*Relay took/);
  expect(full.asked).toContainEqual({
    what: 'comparing.run',
    input: { peerId: fakePeerId(2), target: null, calls: 300, concurrency: 1, bytes: 1024, ways: null },
  });
  const table = page.getByRole('table', { name: 'What was measured, by way' });
  await expect(table.getByRole('row')).toHaveCount(8);
  await expect(table.getByRole('row').filter({ hasText: 'WebRTC' })).toContainText('Not measured. No relay');
  await expect(table.getByRole('row', { name: /^Relay/ })).toContainText('2 of 300');
  // The plots say by keys what they show to eyes.
  const plot = page.getByRole('slider', { name: /Histogram of 5 ways/ });
  await plot.focus();
  await page.keyboard.press('Home');
  await expect(plot).toHaveAttribute('aria-valuetext', /ms to .* ms: TCP \d+, QUIC \d+/);
  await page.keyboard.press('ArrowRight');
  await expect(plot).toHaveAttribute('aria-valuenow', '1');
  await expect(page.getByTestId('plot-detail')).toContainText('QUIC');
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Save as JSON' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('gatehouse-comparison.json');
  const comparison = Comparison.parse(JSON.parse(await readFile(await saved.path(), 'utf8')));
  expect(comparison.ways.map(({ way }) => way)).toContain('websocket');
});

test('a comparison calls a tool with arguments, is cancelled, and is refused while another runs', async ({
  page,
  full,
  gatehouse,
}) => {
  const held = Promise.withResolvers<void>();
  full.comparing.hold = held.promise;
  await gatehouse.open(url(full));
  await show(page, `#/compare/${fakePeerId(4)}`);
  await expect(page.getByLabel('Peer', { exact: true })).toHaveValue(fakePeerId(4));
  await page.getByLabel('What is called').selectOption('A tool of filesystem');
  await expect(page.getByLabel('Bytes in a line')).toHaveCount(0);
  await page.getByLabel('lines (optional)').fill('many');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByLabel('lines (optional)')).toHaveAttribute('aria-invalid', 'true');
  expect(full.asked.map(({ what }) => what)).not.toContain('comparing.run');
  await page.getByLabel('lines (optional)').fill('');
  await page.getByLabel('path', { exact: true }).fill('notes.md');
  await page.getByLabel('Calls, over each way').fill('0');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'whole number' })).toBeVisible();
  await page.getByLabel('Calls, over each way').fill('50');
  await page.getByRole('checkbox', { name: 'Legacy' }).uncheck();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('progressbar', { name: 'Calls made' })).toHaveAttribute('aria-valuenow', '50');
  expect(full.asked.find(({ what }) => what === 'comparing.run')?.input).toMatchObject({
    target: { agent: 'filesystem', tool: 'read_file', arguments: { path: 'notes.md', encoding: 'utf8' } },
    calls: 50,
    ways: ['tcp', 'quic', 'ws', 'webrtc', 'relay', 'websocket'],
  });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('status', { name: 'Outcome' })).toHaveText(
    'Cancelled. This had been measured by then.',
  );
  await expect
    .poll(() => full.asked.find(({ what }) => what === 'comparing.ended')?.input)
    .toEqual({ cancelled: true });
  held.resolve();
  full.comparing.busy = 'Another comparison is under way.';
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Another' })).toHaveText(
    'Another comparison is under way.',
  );
});

test('past calls are compared for one peer or all, over a time of choice', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await show(page, '#/compare/past');
  await expect(page.getByText('1,600 calls since')).toBeVisible();
  const table = page.getByRole('table', { name: 'What was measured, by way' });
  await expect(table.getByRole('columnheader')).toHaveText(['Way', 'p50', 'p95', 'p99', 'Failures']);
  await page.getByLabel('Peer', { exact: true }).selectOption('Attic');
  await page.getByLabel('Calls of the last').selectOption('7 days');
  await expect
    .poll(() => full.asked.at(-1))
    .toEqual({
      what: 'comparing.past',
      input: { peerId: ATTIC, days: 7 },
    });
});

test('an address of a WebSocket peer can be dialled, with a word where WebSocket is off', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Network');
  const field = page.getByLabel('Address of the other machine, or its invite');
  await field.fill('ws://192.0.2.7:8000');
  await expect(page.getByText('WebSocket is not switched on here.')).toHaveCount(0);
  const { settings } = full.snapshot();
  full.live.set({ of: 'settings', value: { ...settings, transport: 'libp2p' } });
  await expect(page.getByText('WebSocket is not switched on here.')).toBeVisible();
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nobody answers' })).toBeVisible();
  expect(full.asked.at(-1)).toEqual({ what: 'peers.dial', input: { address: 'ws://192.0.2.7:8000' } });
});

test('at 400 px nothing of it overflows sideways', async ({ page, full, gatehouse }) => {
  const fits = async (): Promise<void> => {
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('main, main .overflow-y-auto, [role="dialog"], [role="alertdialog"]')]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map(({ className }) => className),
    );
    expect(wide).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  };
  await page.setViewportSize({ width: 400, height: 850 });
  await gatehouse.open(url(full));
  for (const id of [OLD_LAB, ATTIC, MUSEUM]) {
    await show(page, `#/peers/${id}`);
    await expect(panelOf(page).getByRole('region', { name: 'Transports' })).toBeVisible();
    await fits();
  }
  await show(page, '#/network/migration');
  await expect(page.getByRole('list', { name: 'Contacts' })).toBeVisible();
  await fits();
  await gatehouse.goTo('Compare');
  await page.getByLabel('What is called').selectOption('A tool of filesystem');
  await page.getByLabel('path', { exact: true }).fill('notes.md');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('status', { name: 'Outcome' })).toContainText('is fastest');
  for (const table of await page.getByText('As a table').all()) await table.click();
  await page.getByRole('slider').first().focus();
  await page.keyboard.press('End');
  await fits();
});
