/** What Gatehouse is for, over each transport: two real hosts, a real MCP server, the gate and the records. */
import { afterEach, describe, expect, it } from 'vitest';
import { AgentName } from '../../shared/ids.ts';
import type { SettingsChange } from '../../shared/settings.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

const EVERYTHING = AgentName.parse('everything');
const hosts: TestHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

const start = async (name: string, transport: SettingsChange['transport']): Promise<TestHost> => {
  const host = await TestHost.start(name);
  hosts.push(host);
  await host.client.settings.set({ transport, webSocketListen: ['127.0.0.1:0'] });
  return host;
};

const webSocketAddress = (host: TestHost): string => {
  const address = host.host.addresses().find((one) => one.startsWith('ws://'));
  if (address === undefined) throw new Error('It does not listen by WebSocket.');
  return address;
};

/** Ada has an agent and Ben as a contact; Ben knows Ada. */
const acquaint = async (
  transport: 'libp2p' | 'websocket' | 'both',
): Promise<{ ada: TestHost; ben: TestHost }> => {
  const [ada, ben] = await Promise.all([start('Ada', transport), start('Ben', transport)]);
  await ada.addAgent('everything', serverEverything());
  await ben.client.peers.dial({
    address: transport === 'websocket' ? webSocketAddress(ada) : ada.address(),
  });
  await ada.until('Ben', (state) => state.peers[ben.peerId]?.state === 'connected');
  await ada.client.contacts.accept({ peerId: ben.peerId });
  await ben.client.contacts.accept({ peerId: ada.peerId });
  await ben.until('the agent of Ada', (state) =>
    state.peers[ada.peerId]?.agents.some(({ name, verified }) => name === 'everything' && verified),
  );
  return { ada, ben };
};

const echo = (ben: TestHost, ada: TestHost, message: string) =>
  ben.client.tools.call({
    peerId: ada.peerId,
    agent: EVERYTHING,
    tool: 'echo',
    arguments: { message },
  });

const allow = async (ada: TestHost, tool = 'echo'): Promise<void> => {
  const question = await ada.until('the question', (state) =>
    Object.values(state.approvals).find((one) => one.tool === tool),
  );
  await ada.client.approvals.answer({
    id: question.id,
    digest: question.digest,
    answer: { kind: 'allow-always', limits: null },
  });
};

describe.each(['libp2p', 'websocket', 'both'] as const)('over %s', (transport) => {
  it('a contact finds the agent by its signed card, calls it, is approved, and both keep a record', async () => {
    const { ada, ben } = await acquaint(transport);
    const call = echo(ben, ada, 'over the wire');
    await allow(ada);
    await expect(call).resolves.toMatchObject({ content: [{ text: 'Echo: over the wire' }] });
    const used = transport === 'websocket' ? 'websocket' : 'tcp';
    const direction = { [ada.peerId]: 'in', [ben.peerId]: 'out' } as const;
    for (const host of [ada, ben]) {
      const [record] = await host.client.calls.page({ limit: 10 });
      expect(record).toMatchObject({
        direction: direction[host.peerId],
        tool: 'echo',
        transport: used,
        path: 'lan',
        status: 'answered',
      });
    }
  });
});

describe('switched in the middle of 64 calls', () => {
  it.each([
    ['libp2p', 'websocket'],
    ['websocket', 'libp2p'],
  ] as const)('from %s to %s none is lost and none runs twice', async (from, to) => {
    const { ada, ben } = await acquaint('both');
    // Both start on one transport; only Ben switches.
    await ben.client.settings.set({ transport: from });
    await ben.until('the first transport', (state) =>
      state.peers[ada.peerId]?.links.some(
        (link) => (link.transport === 'websocket') === (from === 'websocket'),
      ),
    );
    const first = echo(ben, ada, 'first');
    await allow(ada);
    await first;
    const slow = (index: number) =>
      ben.client.tools.call({
        peerId: ada.peerId,
        agent: EVERYTHING,
        tool: 'trigger-long-running-operation',
        arguments: { duration: 3, steps: 2 + index },
      });
    // The tool's own question, once.
    const opening = slow(0);
    await allow(ada, 'trigger-long-running-operation');
    await opening;
    const before = await ada.client.calls.page({ limit: 1000 });
    const calls = Array.from({ length: 64 }, (_, index) => slow(index));
    await ada.until(
      'all 64 to run',
      (state) => Object.values(state.calls).filter(({ status }) => status === 'running').length === 64,
    );
    await ben.client.settings.set({ transport: to });
    const answers = await Promise.all(calls);
    for (const [index, answer] of answers.entries())
      expect(JSON.stringify(answer)).toContain(`Steps: ${2 + index}.`);
    await ben.until('the old transport to end', (state) =>
      state.host.transports.some(({ name, state: now }) => name === from && now === 'off'),
    );
    const after = await ada.client.calls.page({ limit: 1000 });
    const added = after.slice(0, after.length - before.length);
    expect(added).toHaveLength(64);
    expect(added.every(({ status }) => status === 'answered')).toBe(true);
    // Contacts, rules and the session go on.
    await expect(echo(ben, ada, 'afterwards')).resolves.toMatchObject({
      content: [{ text: 'Echo: afterwards' }],
    });
    const [last] = await ben.client.calls.page({ limit: 1 });
    expect(last?.transport === 'websocket').toBe(to === 'websocket');
  });
});
