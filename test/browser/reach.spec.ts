/** Being reached, inviting and finding agents, over a FAKE host: what is said, and what is asked of the host. */
import { expect } from '@playwright/test';
import { Verdict } from '../../shared/reachability.ts';
import { fakePeerId } from '../fixtures/lively/fake-ids.ts';
import { fakeReachability } from '../fixtures/lively/reach-seed.ts';
import { fakeInviteText, fakeSeenAgents } from '../fixtures/lively/registry-seed.ts';
import { fakeLink } from '../fixtures/lively/seed.ts';
import { standingWords } from '../../renderer/words/reachability.ts';
import { expectNothingSerious, test, url } from './pages/lively-test.ts';

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('each verdict is said alike on the top line, the overview and the network page', async ({
      page,
      full,
      complaints,
      gatehouse,
    }) => {
      await gatehouse.open(url(full));
      for (const verdict of Verdict.options) {
        const { line } = standingWords[verdict];
        const reachability = fakeReachability(verdict, Date.now());
        full.live.set({ of: 'reachability', value: reachability });
        await gatehouse.goTo('Network');
        await expect(page.getByRole('link', { name: `Network: ${line}` })).toBeVisible();
        const said = page.getByRole('region', { name: 'Reachability' });
        await expect(said.getByTestId('verdict')).toHaveText(line);
        await expect(said).toContainText(reachability.consequence);
        if (reachability.action !== null) await expect(said).toContainText(reachability.action);
        await expectNothingSerious(page, theme);
        await gatehouse.goTo('Overview');
        await expect(page.getByRole('main').getByRole('link', { name: line })).toBeVisible();
      }
      expect(complaints).toEqual([]);
    });

    test('the dialogs about invites and the agents seen have no serious finding', async ({
      page,
      full,
      complaints,
      gatehouse,
    }) => {
      full.network.inviteWarnings = ['Nobody outside this network can use it.'];
      await gatehouse.open(url(full));
      await gatehouse.goTo('Peers');
      await page.getByRole('button', { name: 'Invite…', exact: true }).click();
      await expect(page.getByText('1 invite open')).toBeVisible();
      await expectNothingSerious(page, theme);
      await page.getByRole('button', { name: 'Make an invite' }).click();
      await expect(page.getByRole('img', { name: 'The invite as a QR code' })).toBeVisible();
      await expectNothingSerious(page, theme);
      await page.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('button', { name: 'Use an invite…' }).click();
      await page.getByLabel('Invite', { exact: true }).fill(fakeInviteText);
      await expect(page.getByText('Calls itself')).toBeVisible();
      await expectNothingSerious(page, theme);
      await page.keyboard.press('Escape');
      await gatehouse.goTo('Agents');
      await page.getByRole('link', { name: /On the network/ }).click();
      await expect(page.getByRole('grid', { name: 'Agents seen' })).toBeVisible();
      await expectNothingSerious(page, theme);
      expect(complaints).toEqual([]);
    });
  });
}

test('“Test again” says that it tests, and then what came of it', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Network');
  const held = Promise.withResolvers<void>();
  full.network.hold = held.promise;
  full.network.tested = {
    ...fakeReachability('relay-only', Date.now()),
    testResult: 'Workshop was asked and could not connect back.',
  };
  await page.getByRole('button', { name: 'Test again' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Testing…' })).toBeDisabled();
  await expect(page.getByRole('status', { name: 'Test' })).toContainText('being asked to connect back');
  held.resolve();
  await expect(page.getByTestId('verdict')).toHaveText('Reachable through a relay only');
  await expect(page.getByRole('status', { name: 'Test' })).toContainText(
    'Workshop was asked and could not connect back.',
  );
  await expect(page.getByRole('button', { name: 'Test again' })).toBeEnabled();
});

test('the evidence says who reached each address, or why nobody did', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Network');
  const rows = page.getByRole('table', { name: 'Addresses of this machine' }).getByRole('row');
  await expect(rows.nth(1)).toContainText('/ip4/198.51.100.23/tcp/4001');
  await expect(rows.nth(1)).toContainText('Library server reached it');
  await expect(rows.filter({ hasText: 'udp/41733' })).toContainText('It did not answer within 5 seconds.');
  await expect(rows.last()).toContainText('Of no use to others.');
  full.live.set({ of: 'reachability', value: fakeReachability('relay-only', Date.now()) });
  await page.getByRole('heading', { name: 'Router' }).click();
  await expect(page.getByText('there is another router behind this one')).toBeVisible();
  await expect(page.getByText('No hole can be punched through it.')).toBeVisible();
  await page.getByRole('heading', { name: 'Relays', exact: true }).click();
  await expect(page.getByText('It has no place left: 128 of 128 are taken.')).toBeVisible();
  await page.getByRole('heading', { name: 'Relaying for others' }).click();
  await expect(page.getByText('41 of 128')).toBeVisible();
  await page.getByRole('heading', { name: 'History' }).click();
  await expect(
    page.getByRole('list', { name: 'Verdicts, newest first' }).getByRole('listitem').first(),
  ).toContainText('Library server connected back');
});

test('an invite is made, with what is wrong with it said first, and withdrawn', async ({
  page,
  full,
  gatehouse,
}) => {
  full.network.inviteWarnings = ['Nobody outside this network can use it: no address of yours is reachable.'];
  await gatehouse.open(url(full));
  await page.keyboard.press('Control+k');
  await page.keyboard.type('make an invite');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('It can be used for').selectOption('1 week');
  await dialog.getByRole('radio', { name: /trusted/ }).check();
  await dialog.getByRole('button', { name: 'Make an invite' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Nobody outside this network');
  await expect(dialog.getByRole('region', { name: 'The invite as text' })).toHaveText(fakeInviteText);
  expect(full.asked.at(-1)).toEqual({ what: 'invites.create', input: { hours: 168, trust: 'trusted' } });
  await dialog.getByRole('button', { name: 'Make another' }).click();
  await expect(dialog.getByText('2 invites open')).toBeVisible();
  await expect(dialog.getByRole('link', { name: 'Noor' })).toBeVisible();
  await dialog
    .getByRole('button', { name: /Withdraw/ })
    .first()
    .click();
  await expect(dialog.getByText('1 invite open')).toBeVisible();
  expect(full.asked.at(-1)?.what).toBe('invites.withdraw');
});

test('an invite of a link is shown first, used when told to, and never stays in the address', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await page.evaluate((text) => {
    window.location.hash = `#/peers/use-invite/${encodeURIComponent(text)}`;
  }, fakeInviteText);
  const dialog = page.getByRole('dialog', { name: 'Use an invite' });
  await expect(dialog).toContainText('“Mira ⟨U+202E⟩exe.gnp⟨U+202C⟩”');
  expect(new URL(page.url()).hash).toBe('#/peers/use-invite');
  expect(full.asked.map(({ what }) => what)).not.toContain('invites.accept');
  // Its own name hides characters, so it is not proposed.
  await expect(dialog.getByLabel('What you call it')).toHaveValue('');
  await dialog.getByLabel('What you call it').fill('Mira');
  await dialog.getByRole('button', { name: 'Accept and connect' }).click();
  await expect(page.getByRole('complementary', { name: 'Selected peer' })).toContainText('Mira');
  expect(full.asked.at(-1)).toEqual({
    what: 'invites.accept',
    input: { text: fakeInviteText, trust: 'known', alias: 'Mira' },
  });
  await page.goBack();
  expect(page.url()).not.toContain('gatehouse%3A');
});

test('an invite that is over, one’s own or none at all cannot be used', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Network');
  await page.getByLabel('Address of the other machine, or its invite').fill('gatehouse://invite/expired');
  await page.getByRole('button', { name: 'Look at it…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Use an invite' });
  await expect(dialog).toContainText('Ask for a new one.');
  await expect(dialog.getByRole('button', { name: 'Accept and connect' })).toHaveCount(0);
  await dialog.getByLabel('Invite', { exact: true }).fill('gatehouse://invite/own');
  await expect(dialog).toContainText('from this machine itself');
  await dialog.getByLabel('Invite', { exact: true }).fill('/ip4/192.0.2.1');
  await expect(dialog.getByRole('alert')).toContainText('This is no invite.');
});

test('agents seen are searched, asked for, and lead to their peer', async ({ page, full, gatehouse }) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Agents');
  await page.getByRole('link', { name: /On the network/ }).click();
  const grid = page.getByRole('grid', { name: 'Agents seen' });
  const rows = grid.getByRole('row');
  await expect(rows).toHaveCount(7);
  await expect(grid).toContainText('<b>Best</b> ⟨U+202E⟩');
  await page.getByLabel('Find an agent').fill('forecast');
  await expect(rows).toHaveCount(2);
  const held = Promise.withResolvers<void>();
  full.network.hold = held.promise;
  await page.getByRole('button', { name: 'tool', exact: true }).click();
  const answer = page.getByRole('status', { name: 'Answer of the network' });
  await expect(answer).toHaveText('Asking the network…');
  held.resolve();
  await expect(answer).toHaveText('2 agents offer the tool “forecast”, 1 new.');
  await expect(rows).toHaveCount(3);
  expect(full.asked).toContainEqual({
    what: 'registry.lookUp',
    input: { capability: { kind: 'tool', name: 'forecast' } },
  });
  await page.getByLabel('Find an agent').fill('');
  await expect(rows).toHaveCount(8);
  // The host says that it has heard of another one, and the list follows.
  full.network.see(
    fakeSeenAgents(Date.now())
      .slice(-1)
      .map((entry) => ({ ...entry, peerId: fakePeerId(150) })),
  );
  await expect(rows).toHaveCount(9);
  await page.getByLabel('Whose').selectOption('My contacts’');
  await expect(rows).toHaveCount(3);
  await grid.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Selected peer' })).toContainText('Library server');
});

test('an agent is announced only where that was chosen, and it says so', async ({
  page,
  empty,
  gatehouse,
}) => {
  await gatehouse.open(url(empty));
  await gatehouse.goTo('Agents');
  await page.getByRole('button', { name: 'Add an agent' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add an agent' });
  await dialog.getByLabel('Name').fill('notes');
  await dialog.getByLabel('Command line').fill('npx notes');
  await dialog.getByLabel('Tags').fill('files, notes');
  await expect(dialog.getByRole('switch', { name: 'Announce to the whole network' })).not.toBeChecked();
  await dialog.getByRole('switch', { name: 'Announce to the whole network' }).press('Space');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('complementary')).toContainText('the whole network: it is announced');
  expect(empty.asked).toContainEqual({
    what: 'agents.add',
    input: expect.objectContaining({ announced: true, tags: ['files', 'notes'] }),
  });
});

test('what the environment sets is locked and says by what; a wrong line is named', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await gatehouse.goTo('Settings');
  const mdns = page.getByRole('switch', { name: 'On this network' });
  await expect(mdns).toBeDisabled();
  await expect(mdns).toHaveAccessibleDescription(/Set by LIBP2P_MDNS_ENABLED in the environment\./);
  await expect(page.getByLabel('Bootstrap peers')).toBeDisabled();
  await expect(page.getByRole('switch', { name: 'By announcements' })).toBeEnabled();
  const stun = page.getByLabel('STUN servers');
  await stun.fill('stun.example.org:3478\nstun.example.org');
  await stun.blur();
  await expect(page.getByRole('alert').filter({ hasText: 'Line 2' })).toContainText(
    'Line 2: A STUN server looks like stun.example.org:3478.',
  );
  await stun.fill('stun.example.org:3478\n\n192.0.2.4:3478');
  await stun.blur();
  await expect
    .poll(() => full.asked.at(-1))
    .toEqual({
      what: 'settings.set',
      input: { stun: ['stun.example.org:3478', '192.0.2.4:3478'] },
    });
});

test('a plain libp2p node is shown as what it is, with no button that makes no sense', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  await page.evaluate((id) => {
    window.location.hash = `#/peers/${id}`;
  }, fakePeerId(100));
  const panel = page.getByRole('complementary', { name: 'Selected peer' });
  await expect(panel).toContainText('Speaks libp2p, not Gatehouse: ping and identify only.');
  await expect(panel.getByRole('button', { name: /Accept|Refresh/ })).toHaveCount(0);
  await expect(panel.getByRole('region', { name: 'Agents' })).toHaveCount(0);
  await expect(panel).toContainText('js-libp2p/3.3.11');
});

test('a path that gets better is seen where it stands, and nothing above it moves', async ({
  page,
  full,
  gatehouse,
}) => {
  await gatehouse.open(url(full));
  const id = fakePeerId(5);
  await page.evaluate((peer) => {
    window.location.hash = `#/peers/${peer}`;
  }, id);
  const panel = page.getByRole('complementary', { name: 'Selected peer' });
  await expect(panel.getByRole('region', { name: 'Links' })).toContainText('through Library server');
  await expect(panel).toContainText('so no hole can be punched');
  const line = panel.getByRole('status', { name: 'Path' });
  await expect(line).toContainText('relayed');
  const agents = panel.getByRole('heading', { name: 'Agents' });
  const before = await agents.boundingBox();
  const peer = full.snapshot().peers[id];
  if (peer === undefined) throw new Error('There is no such peer.');
  const links = [fakeLink('punched', 31, Date.now()), ...peer.links];
  full.live.set({ of: 'peers', id, value: { ...peer, links, pathNote: null } });
  await expect(line).toContainText('punched');
  await expect(line).toContainText('better than before: relayed');
  expect(await agents.boundingBox()).toEqual(before);
});

test('at 400 px nothing of it overflows sideways, folded open or not', async ({ page, full, gatehouse }) => {
  const fits = async (): Promise<void> => {
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('main, main .overflow-y-auto, [role="dialog"]')]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map(({ className }) => className),
    );
    expect(wide).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  };
  await page.setViewportSize({ width: 400, height: 850 });
  await gatehouse.open(url(full));
  await gatehouse.goTo('Network');
  for (const name of ['Router', 'Relays', 'Relaying for others', 'History', 'This machine'])
    await page.getByRole('heading', { name, exact: true }).click();
  await expect(page.getByText('Dawn node id')).toBeVisible();
  await fits();
  await gatehouse.goTo('Agents');
  await page.getByRole('link', { name: /On the network/ }).click();
  await page.getByLabel('Find an agent').fill('a-name-of-a-tool-that-is-very-long-indeed-and-longer');
  await expect(page.getByText('No agent seen has these words')).toBeVisible();
  await fits();
  await gatehouse.goTo('Peers');
  await page.getByRole('button', { name: 'Invite…', exact: true }).click();
  await page.getByRole('button', { name: 'Make an invite' }).click();
  await expect(page.getByRole('img', { name: 'The invite as a QR code' })).toBeVisible();
  await fits();
});
