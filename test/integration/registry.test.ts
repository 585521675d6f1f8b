import { afterEach, describe, expect, it } from 'vitest';
import { AgentName } from '../../shared/ids.ts';
import type { RegistryQuery, SeenAgent } from '../../shared/registry.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

const hosts: TestHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});
const start = async (name: string): Promise<TestHost> => {
  const host = await TestHost.start(name, undefined, { gossip: true, dht: true });
  hosts.push(host);
  return host;
};

const EVERYTHING = AgentName.parse('everything');

async function setAnnounced(host: TestHost, announced: boolean): Promise<void> {
  const view = await host.until('the agent', (state) => state.agents[EVERYTHING]);
  const { name, description, tags, source, autostart } = view;
  await host.client.agents.edit({ name, spec: { name, description, tags, source, autostart, announced } });
}

/** Searches whenever the live state says that the registry has changed. */
async function seenBy(
  host: TestHost,
  query: Partial<RegistryQuery>,
  wanted: (found: SeenAgent[]) => boolean,
): Promise<SeenAgent[]> {
  let at = -1;
  for (;;) {
    const found = await host.client.registry.search(query);
    if (wanted(found)) return found;
    at = await host.until('the registry to change', ({ gauges }) =>
      gauges.agentsSeenAt === at ? null : gauges.agentsSeenAt,
    );
  }
}

describe('the registry of two hosts and a hub', { timeout: 90_000 }, () => {
  it('knows what was announced, shows strangers no more than that, and forgets what was taken back', async () => {
    const [hub, ada, ben] = await Promise.all([start('Hub'), start('Ada'), start('Ben')]);
    await ada.addAgent('everything', serverEverything());
    await ada.addAgent('hidden', serverEverything());
    for (const host of [ada, ben]) await host.client.peers.dial({ address: hub.address() });
    // Own ones are there at once; others see nothing before it is announced.
    expect(await ada.client.registry.search({ text: 'every' })).toMatchObject([
      { source: 'own', agent: EVERYTHING },
    ]);
    expect(await ben.client.registry.search({ text: 'every' })).toStrictEqual([]);
    await setAnnounced(ada, true);
    const [seen] = await seenBy(ben, { tool: 'echo' }, (found) => found.length > 0);
    expect(seen).toMatchObject({
      peerId: ada.peerId,
      agent: 'everything',
      source: 'network',
      heardBy: 'gossip',
      verified: 'announcement',
    });
    // The whole card comes from the host itself, and only that of the announced agent.
    const found = await lookUpUntilFound(ben);
    expect(found).toMatchObject([{ agent: 'everything', verified: 'card', heardBy: 'dht' }]);
    expect(await ben.client.registry.search({ text: 'hidden' })).toStrictEqual([]);
    // Seeing it is not being allowed to call it.
    const call = ben.client.tools.call({
      peerId: ada.peerId,
      agent: EVERYTHING,
      tool: 'echo',
      arguments: { message: 'x' },
    });
    await expect(call).rejects.toMatchObject({ code: 'DENIED' });
    await setAnnounced(ada, false);
    await seenBy(ben, { tool: 'echo' }, (left) => left.length === 0);
  });

  it('takes the agents of a contact from its cards, and drops those of who is blocked', async () => {
    const [ada, ben] = await Promise.all([start('Ada'), start('Ben')]);
    await ada.addAgent('everything', serverEverything());
    await setAnnounced(ada, true);
    await ben.client.peers.dial({ address: ada.address() });
    await ada.until('Ben', (state) => state.peers[ben.peerId]);
    await ada.client.contacts.accept({ peerId: ben.peerId });
    await ben.client.contacts.accept({ peerId: ada.peerId });
    const [seen] = await seenBy(ben, { tool: 'echo', source: 'contact' }, (found) => found.length > 0);
    expect(seen).toMatchObject({ verified: 'card', peerId: ada.peerId });
    await ben.client.contacts.block({ peerId: ada.peerId });
    expect(await ben.client.registry.search({})).toStrictEqual([]);
  });
});

/** A record is offered in the background. */
async function lookUpUntilFound(host: TestHost): Promise<SeenAgent[]> {
  for (;;) {
    const found = await host.client.registry.lookUp({ capability: { kind: 'tool', name: 'echo' } });
    if (found.length > 0) return found;
  }
}
