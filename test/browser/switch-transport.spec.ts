import { expect, test } from '@playwright/test';
import { snapshot, type Connection } from '../../main/headless/client.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import type { Serving } from '../fixtures/serving.ts';
import { everythingSource, RealHosts } from './pages/real-hosts.ts';

/**
 * A person switches the transport in the settings while 64 calls run at one peer, which speaks both, and one at another,
 * which speaks libp2p only. Ben switches; Ada and Carla are called.
 */
const AGENT = AgentName.parse('everything');
const LONG = 'trigger-long-running-operation';
const CALLS = 64;

let hosts: RealHosts;
let ada: Serving;
let ben: Serving;
let carla: Serving;

test.beforeAll(async () => {
  hosts = await RealHosts.make();
  [ada, ben, carla] = await Promise.all([
    hosts.start('Ada', { TRANSPORT_TYPE: 'both' }),
    // It is switched in the window, so nothing may decide for it.
    hosts.start('Ben', { TRANSPORT_TYPE: '' }),
    hosts.start('Carla'),
  ]);
});

test.afterAll(async () => {
  await hosts.stop();
});

test('a switch in the settings, in the middle of 64 calls, loses none of them and runs none twice', async ({
  browser,
}) => {
  test.slow();
  const [atAda, atBen, atCarla] = await Promise.all([
    hosts.client(ada),
    hosts.client(ben),
    hosts.client(carla),
  ]);
  const complaints: string[] = [];
  const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const go = (name: string): Promise<void> =>
    page
      .getByRole('navigation')
      .getByRole('link', { name: new RegExp(`^${name}`) })
      .click();
  const benId = PeerId.parse(ben.peerId);

  /** Calls the slow tool; each call says which it is by its number of steps. */
  const call = (host: Serving, duration: number, steps: number): Promise<unknown> =>
    atBen.tools.call({
      peerId: PeerId.parse(host.peerId),
      agent: AGENT,
      tool: LONG,
      arguments: { duration, steps },
    });
  const running = async (client: Connection['client']): Promise<number> =>
    Object.values((await snapshot(client)).calls).filter(({ status }) => status === 'running').length;

  await test.step('Ben has two contacts, and may use their agents', async () => {
    for (const [host, client] of [
      [ada, atAda],
      [carla, atCarla],
    ] as const) {
      await client.agents.add({
        name: AGENT,
        description: '',
        tags: [],
        source: everythingSource,
        autostart: true,
      });
      const { agents } = await snapshot(client);
      await client.agents.confirm({ name: AGENT, sourceDigest: agents[AGENT]?.sourceDigest ?? '' });
      await client.agents.start({ name: AGENT });
      await atBen.peers.dial({ address: host.address });
      await expect.poll(async () => (await snapshot(client)).peers[benId]?.state).toBe('connected');
      await client.contacts.accept({ peerId: benId });
      await atBen.contacts.accept({ peerId: PeerId.parse(host.peerId) });
      await expect
        .poll(async () => (await snapshot(atBen)).peers[host.peerId]?.agents.map(({ name }) => name))
        .toEqual([AGENT]);
      const first = call(host, 1, 1);
      await expect.poll(async () => Object.keys((await snapshot(client)).approvals).length).toBe(1);
      const [question] = Object.values((await snapshot(client)).approvals);
      if (question === undefined) throw new Error('Nothing is asked.');
      const { id, digest } = question;
      await client.approvals.answer({ id, digest, answer: { kind: 'allow-always', limits: null } });
      await first;
    }
  });

  await page.goto(ben.url);
  const choice = page.getByRole('group', { name: 'Calls go over' });
  const state = page.getByRole('status', { name: 'State of the transports' });
  const line = page.getByLabel('Status', { exact: true });
  await go('Settings');
  await expect(choice.getByRole('radio', { name: /^libp2p/ })).toBeChecked();
  await expect(line).toContainText(/^libp2p ?·/);

  const before = (await atAda.calls.page({ limit: 1000 })).length;
  const calls = Array.from({ length: CALLS }, (_, index) => call(ada, 12, index + 2));
  const left = call(carla, 15, 99);
  // What fails before it is waited for is told of below.
  for (const one of [...calls, left]) one.catch(() => undefined);
  await expect.poll(() => running(atAda), { timeout: 20_000 }).toBe(CALLS);
  await expect.poll(() => running(atCarla)).toBe(1);

  await test.step('he switches, and sees that one transport takes over while the other ends', async () => {
    await choice.getByRole('radio', { name: /^WebSocket/ }).click();
    await expect(choice.getByRole('radio', { name: /^WebSocket/ })).toBeChecked();
    // What Carla was asked cannot move, and ends where it began.
    await expect(state).toHaveText('Calls with 1 agent still end over libp2p.');
    await expect(line).toContainText('WebSocket, calls with 1 agent end over libp2p');
    await page.screenshot({ path: 'test-results/pictures/draining.png' });
    await go('Peers');
    await page.getByRole('row', { name: /Ada/ }).click();
    const panel = page.getByRole('complementary', { name: 'Selected peer' });
    await expect(panel.getByRole('status', { name: 'Path' })).toContainText('over WebSocket');
    await expect(panel.getByRole('region', { name: 'Transports' })).toContainText('WebSocket: linked');
    expect(await running(atAda)).toBe(CALLS);
  });

  await test.step('every call is answered as what it was, and ran once', async () => {
    const answers = await Promise.all(calls);
    for (const [index, answer] of answers.entries())
      expect(JSON.stringify(answer)).toContain(`Steps: ${index + 2}.`);
    const after = await atAda.calls.page({ limit: 1000 });
    const ran = after.slice(0, after.length - before);
    expect(ran).toHaveLength(CALLS);
    expect(new Set(ran.map(({ status }) => status))).toEqual(new Set(['answered']));
    expect(JSON.stringify(await left)).toContain('Steps: 99.');
  });

  await test.step('then the old transport is off, and what he calls next goes over the new one', async () => {
    await expect(line).toContainText(/^WebSocket ?·/);
    await go('Settings');
    await expect(state).toBeHidden();
    await call(ada, 1, 1);
    const [last] = await atAda.calls.page({ limit: 1 });
    expect(last).toMatchObject({ transport: 'websocket', status: 'answered' });
    const { host } = await snapshot(atBen);
    expect(host.transports).toMatchObject([
      { name: 'libp2p', state: 'off', links: 0 },
      { name: 'websocket', state: 'running', links: 1 },
    ]);
  });

  expect(complaints).toEqual([]);
});
