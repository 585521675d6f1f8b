import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { peerIdOfPublicKey } from '../../main/host/identity/index.ts';
import type { MessageChannel, OpenWay, RelayServerOptions } from '../../main/host/network/index.ts';
import type { Way } from '../../shared/compare.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import { recordedDawnServer } from '../fixtures/recorded-dawn-server.ts';
import {
  ECHO,
  endOf,
  linesOf,
  peerWhen,
  soon,
  startNode,
  stopAll,
  linked,
  type TestNode,
} from './network-fixture.ts';

const RELAY: RelayServerOptions = {
  maxReservations: 8,
  circuitSeconds: 600,
  circuitBytes: 4 * 1024 * 1024,
  stunPorts: [0],
  contactsOnly: false,
};
const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
/** WebRTC does not use loopback, so the hosts get a network of their own. */
const inALan = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', fixture('in-a-lan.sh')];
const mayMakeNetworks = spawnSync('unshare', [...inALan, 'true']).status === 0;
if (!mayMakeNetworks) console.log('Skipped: punching holes needs root, unshare and iproute2.');

const contacts = { handlers: { isContact: () => true } };

afterEach(stopAll);

const linksTo = (node: TestNode, other: TestNode): string[] =>
  node.network
    .peers()
    .find(({ peerId }) => peerId === other.peerId)
    ?.links.map(({ transport }) => transport) ?? [];

/** Says some lines, and waits until they are back. */
async function echoed(channel: MessageChannel, lines: readonly string[]): Promise<string[]> {
  const back = linesOf(channel, lines.length);
  for (const line of lines) channel.send(line);
  return await back;
}

async function linkedByTcp(): Promise<[TestNode, TestNode]> {
  const [here, there] = await Promise.all([startNode(contacts), startNode(contacts)]);
  await here.network.dial(there.at('tcp'), soon());
  // What it listens on is known once it has told of itself.
  await peerWhen(here, there.peerId, ({ addresses }) => addresses.some((text) => text.endsWith('/ws')));
  await peerWhen(there, here.peerId, linked);
  return [here, there];
}

describe('a way of its own', () => {
  test.each<[Way, RegExp]>([
    ['tcp', /\/tcp\/\d+$/],
    ['quic', /quic-v1$/],
    ['ws', /\/ws$/],
  ])('by %s carries lines and calls, and is no link of either side', async (way, address) => {
    const [here, there] = await linkedByTcp();
    const open = await here.network.openWay(there.peerId, way, soon());
    expect(open.way).toBe(way);
    expect(open.address).toMatch(address);

    const lines = ['{"a":1}', 'x'.repeat(1024 * 1024), 'last'];
    const echo = await open.openEcho(soon());
    expect(await echoed(echo, lines)).toEqual(lines);
    const mcp = await open.openMcp(ECHO, soon());
    expect(await echoed(mcp, ['one', 'two'])).toEqual(['one', 'two']);
    expect(mcp.transport).toBe(way);
    expect(there.channels[0]?.transport).toBe(way);

    expect(linksTo(here, there)).toEqual(['tcp']);
    expect(linksTo(there, here)).toEqual(['tcp']);
    // What is called otherwise goes over the links that there are, from either side.
    expect((await here.network.openMcp(there.peerId, ECHO, soon())).transport).toBe('tcp');
    expect((await there.network.openMcp(here.peerId, ECHO, soon())).transport).toBe('tcp');

    const ended = endOf(mcp);
    await open.close();
    await ended;
    expect(linksTo(here, there)).toEqual(['tcp']);
    expect(linksTo(there, here)).toEqual(['tcp']);
  });

  test('by WebSocket, beside libp2p', async () => {
    const both = { ...contacts, transport: 'both', webSocketListen: ['127.0.0.1:0'] } as const;
    const [here, there] = await Promise.all([startNode(both), startNode(both)]);
    await here.network.dial(there.at('tcp'), soon());
    await peerWhen(there, here.peerId, linked);
    const [address] = there.network.transports().find(({ name }) => name === 'websocket')?.addresses ?? [];
    here.network.keep(there.peerId, [address ?? '']);
    const open = await here.network.openWay(there.peerId, 'websocket', soon());
    expect(open.address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+/);
    const lines = ['{"a":1}', 'x'.repeat(1024 * 1024), 'last'];
    expect(await echoed(await open.openEcho(soon()), lines)).toEqual(lines);
    const mcp = await open.openMcp(ECHO, soon());
    expect(await echoed(mcp, ['one', 'two'])).toEqual(['one', 'two']);
    expect([mcp.transport, there.channels[0]?.transport]).toEqual(['websocket', 'websocket']);
    expect(linksTo(here, there)).toEqual(['tcp']);
    expect(linksTo(there, here)).toEqual(['tcp']);
    await open.close();
  });

  test('as a Dawn node speaks, of which other ways there are none', async () => {
    const server = await recordedDawnServer();
    onTestFinished(() => server.stop());
    const dawn = PeerId.parse(peerIdOfPublicKey(Buffer.from(server.nodeId, 'hex')));
    const here = await startNode({ ...contacts, transport: 'both', webSocketListen: ['127.0.0.1:0'] });
    here.network.setLegacy(dawn, true);
    await here.network.dial(server.address, soon());
    const open = await here.network.openWay(dawn, 'legacy', soon());
    expect(await echoed(await open.openEcho(soon()), ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    const mcp = await open.openMcp(AgentName.parse('agent1'), soon());
    const line = {
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'hi' } },
    };
    const [answer] = await echoed(mcp, [JSON.stringify(line)]);
    expect(JSON.parse(answer ?? '')).toMatchObject({ id: 7, result: { content: [{ text: 'echo:hi' }] } });
    expect(here.network.peers().find(({ peerId }) => peerId === dawn)?.links).toHaveLength(1);
    await expect(here.network.openWay(dawn, 'tcp', soon())).rejects.toThrow('linked as a Dawn node');
    await expect(here.network.openWay(dawn, 'websocket', soon())).rejects.toThrow('linked as a Dawn node');
    await open.close();
    expect(here.network.peers().find(({ peerId }) => peerId === dawn)?.links).toHaveLength(1);
  });

  test('by a better way than that of the link, keeps calls where they are', async () => {
    const [here, there] = await Promise.all([startNode(contacts), startNode(contacts)]);
    await here.network.dial(there.at('ws'), soon());
    await peerWhen(there, here.peerId, linked);
    const channel = await there.network.openMcp(here.peerId, ECHO, soon());
    await peerWhen(here, there.peerId, ({ addresses }) => addresses.some((text) => /\/tcp\/\d+$/.test(text)));
    const open = await here.network.openWay(there.peerId, 'tcp', soon());
    expect(await echoed(await open.openEcho(soon()), ['a'])).toEqual(['a']);
    expect(channel.transport).toBe('ws');
    await open.close();
    expect(await echoed(channel, ['still here'])).toEqual(['still here']);
  });

  test('by way of a relay', async () => {
    const relay = await startNode({ relayServer: RELAY, listen: ['/ip4/127.0.0.1/tcp/0'] });
    const [here, there] = await Promise.all([
      startNode({ ...contacts, relays: true, betterPaths: false }),
      startNode({ ...contacts, relays: true, betterPaths: false }),
    ]);
    const circuits = (): boolean =>
      there.network.addresses().some((address) => address.includes('/p2p-circuit/'));
    there.network.keep(relay.peerId, [relay.at('tcp').replace(/\/p2p\/.*$/, '')]);
    while (!circuits()) await new Promise((resolve) => there.network.once('addresses', resolve));
    await here.network.dial(there.at('tcp'), soon());
    await here.network.dial(relay.at('tcp'), soon());
    here.network.keep(there.peerId, [`${relay.at('tcp')}/p2p-circuit`]);
    const open = await here.network.openWay(there.peerId, 'relay', soon());
    expect(open.address).toMatch(/\/p2p\/12D3Koo\w+\/p2p-circuit$/);
    expect(await echoed(await open.openEcho(soon()), ['far'])).toEqual(['far']);
    expect(linksTo(here, there)).toEqual(['tcp']);
    expect(linksTo(there, here)).toEqual(['tcp']);
    await open.close();
  });

  test('says why it cannot be had', async () => {
    const here = await startNode(contacts);
    const there = await startNode({ ...contacts, listen: ['/ip4/127.0.0.1/tcp/0'] });
    await here.network.dial(there.at('tcp'), soon());
    const why = async (way: Way): Promise<string> => {
      const error: unknown = await here.network
        .openWay(there.peerId, way, soon())
        .catch((cause: unknown) => cause);
      return error instanceof Error ? error.message : 'It could be had.';
    };
    expect(await why('quic')).toBe('No address of this peer for QUIC is known.');
    expect(await why('ws')).toBe('No address of this peer for libp2p over WebSocket is known.');
    expect(await why('relay')).toBe('No relay is known by way of which this peer could be reached.');
    expect(await why('webrtc')).toBe('No relay is known by way of which this peer could be reached.');
    expect(await why('websocket')).toBe('WebSocket is switched off here.');
    here.network.setBlocked(there.peerId, true);
    expect(await why('tcp')).toMatch(/blocked/);
  });

  test('is for contacts only', async () => {
    const here = await startNode(contacts);
    const there = await startNode();
    await here.network.dial(there.at('tcp'), soon());
    await expect(here.network.openWay(there.peerId, 'tcp', soon())).rejects.toThrow(/contacts only/);
  });

  test('several at once are told apart', async () => {
    const [here, there] = await linkedByTcp();
    const ways = await Promise.all(
      (['tcp', 'quic', 'ws'] as const).map((way) => here.network.openWay(there.peerId, way, soon())),
    );
    const channels = await Promise.all(ways.map((open: OpenWay) => open.openEcho(soon())));
    expect(channels.map(({ transport }) => transport)).toEqual(['tcp', 'quic', 'ws']);
    expect(linksTo(there, here)).toEqual(['tcp']);
    await Promise.all(ways.map((open) => open.close()));
  });

  test.skipIf(!mayMakeNetworks)(
    'through a punched hole',
    async () => {
      const program = [process.execPath, fixture('ways-in-a-lan.ts')];
      const { stdout } = await run('unshare', [...inALan, ...program], {
        timeout: 60_000,
        killSignal: 'SIGKILL',
      });
      expect(JSON.parse(stdout)).toEqual({
        way: 'webrtc',
        echoes: true,
        transport: 'webrtc',
        path: 'punched',
        calledOver: 'webrtc',
        during: ['lan tcp', 'lan tcp'],
        after: ['lan tcp', 'lan tcp'],
      });
    },
    70_000,
  );
});
