import { beforeAll, expect, it, vi } from 'vitest';
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { openIdentity, signText, type Identity } from '../../../../../../../main/host/identity/index.ts';
import { DawnGossip } from '../../../../../../../main/host/network/websocket/dawn/dawn-gossip.ts';
import { DawnHints, nodeIdOf } from '../../../../../../../main/host/network/websocket/dawn/dawn-hints.ts';
import type { PeerId } from '../../../../../../../shared/ids.ts';

async function newIdentity(): Promise<Identity> {
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'));
  return openIdentity({ kind: 'plain', load: async () => key, create: async () => undefined });
}

let own: Identity;
let ben: Identity;
let others: Identity[] = [];
beforeAll(async () => {
  own = await newIdentity();
  ben = await newIdentity();
  others = await Promise.all(Array.from({ length: 12 }, newIdentity));
});

const NOW = 1_800_000_000_000;
const announcementBy = (identity: Identity, agent: string, more: object = {}): string =>
  signText(
    {
      v: 1,
      peerId: identity.peerId,
      agent,
      sequence: 1,
      issued: NOW,
      expires: NOW + 1000,
      description: `It is ${agent}`,
      version: '1',
      tools: ['add'],
      tags: [],
      ...more,
    },
    'gatehouse-announcement+jws',
    identity,
  );

function gossiping({ contact = true, announcements = [] as string[], everyMs = 60_000 } = {}) {
  const contacts = new Set<PeerId>();
  const hints = new DawnHints((peerId) => contacts.has(peerId));
  const said: string[] = [];
  const onPeer = vi.fn<(peerId: PeerId, address: string) => void>();
  const gossip = new DawnGossip(
    {
      own: { peerId: own.peerId, nodeId: own.dawnNodeId },
      hints,
      announcements: () => announcements,
      say: (textFor) => said.push(textFor(ben.peerId)),
      isContact: () => contact,
      onPeer,
    },
    everyMs,
  );
  gossip.set(true);
  return { gossip, hints, said, onPeer, contacts };
}

const heard = (peers: unknown, timestamp = Date.now() / 1000): unknown => ({
  type: 'gossip_announcement',
  timestamp,
  peers,
  agent_registry: { x: { value: {}, timestamp: 1, node_id: 'x' } },
  task_registry: {},
});

it('takes the peers of others as hints, in either spelling', () => {
  const { gossip, onPeer } = gossiping();
  const [one, two] = others;
  gossip.hear(
    ben.peerId,
    heard([
      { node_id: one?.dawnNodeId, address: 'ws://192.0.2.1:8000' },
      `ws://192.0.2.2:8000#${two?.dawnNodeId}`,
      { node_id: 'not one', address: 'ws://192.0.2.3:8000' },
      { node_id: ben.dawnNodeId, address: 'ws://192.0.2.4:8000' },
      { node_id: own.dawnNodeId, address: 'ws://192.0.2.5:8000' },
      { node_id: 'ff'.repeat(32), address: 'http://192.0.2.5' },
      null,
      7,
    ]),
  );
  expect(onPeer.mock.calls).toEqual([
    [one?.peerId, 'ws://192.0.2.1:8000'],
    [two?.peerId, 'ws://192.0.2.2:8000'],
  ]);
  gossip.set(false);
});

it.each([
  ['old', 11 * 60],
  ['of the future', -6 * 60],
])('passes over what is %s', (_, age) => {
  const { gossip, onPeer } = gossiping();
  gossip.hear(
    ben.peerId,
    heard([{ node_id: others[0]?.dawnNodeId, address: 'ws://192.0.2.1:8000' }], Date.now() / 1000 - age),
  );
  expect(onPeer).not.toHaveBeenCalled();
  gossip.set(false);
});

it.each([null, 7, 'x', [], {}, { type: 'gossip_announcement' }, heard('x'), heard({})])(
  'bears %o',
  (value) => {
    const { gossip, onPeer } = gossiping();
    gossip.hear(ben.peerId, value);
    expect(onPeer).not.toHaveBeenCalled();
    gossip.set(false);
  },
);

it('takes ten peers of one announcement, and thirty of one node', () => {
  const { gossip, onPeer } = gossiping({ contact: false });
  const peers = others.map(({ dawnNodeId }) => ({ node_id: dawnNodeId, address: 'ws://192.0.2.1:8000' }));
  gossip.hear(ben.peerId, heard(peers));
  expect(onPeer).toHaveBeenCalledTimes(10);
  for (let at = 0; at < 10; at += 1) gossip.hear(ben.peerId, heard(peers));
  expect(onPeer).toHaveBeenCalledTimes(30);
  gossip.set(false);
});

it('hears nothing while it is off', () => {
  const { gossip, onPeer } = gossiping();
  gossip.set(false);
  gossip.hear(ben.peerId, heard([{ node_id: others[0]?.dawnNodeId, address: 'ws://192.0.2.1:8000' }]));
  expect(onPeer).not.toHaveBeenCalled();
});

it('says our announced agents, and peers that we have met and that are nobody’s secret', () => {
  const { gossip, hints, contacts } = gossiping({
    announcements: [
      announcementBy(own, 'files'),
      announcementBy(ben, 'theirs'),
      announcementBy(own, 'gone', { gone: true }),
      announcementBy(own, 'late', { expires: NOW }),
      'no announcement',
    ],
  });
  const [listed, met, rumour, friend, moved] = others.map(({ peerId }) => peerId);
  if (!listed || !met || !rumour || !friend || !moved) throw new Error('Too few.');
  const teller = others[11]?.peerId ?? met;
  hints.setListed(new Map([[listed, `ws://192.0.2.1:8000#${listed}`]]));
  hints.heard(met, 'ws://192.0.2.2:8000', teller);
  hints.heard(rumour, 'ws://192.0.2.3:8000', teller);
  hints.heard(friend, 'ws://192.0.2.4:8000', teller);
  hints.heard(moved, 'ws://192.0.2.5:8000', teller);
  hints.met(listed, 'ws://192.0.2.1:8000');
  hints.met(met, 'ws://192.0.2.2:8000/');
  hints.met(friend, 'ws://192.0.2.4:8000');
  hints.met(moved, 'ws://192.0.2.5:9000');
  contacts.add(friend);
  const metAt = { node_id: nodeIdOf(met), address: 'ws://192.0.2.2:8000' };
  expect(gossip.announcement(ben.peerId, NOW)).toMatchObject({ peers: [metAt] });
  expect(gossip.announcement(teller, NOW)).toMatchObject({ peers: [] });
  contacts.add(ben.peerId);
  const said = gossip.announcement(ben.peerId, NOW) as { agent_registry: Record<string, { value: object }> };
  expect(said).toMatchObject({
    type: 'gossip_announcement',
    timestamp: NOW / 1000,
    peers: [{ node_id: nodeIdOf(listed), address: 'ws://192.0.2.1:8000' }, metAt],
    task_registry: {},
  });
  const id = `${own.dawnNodeId}:files`;
  expect(Object.keys(said.agent_registry)).toEqual([id]);
  expect(said.agent_registry[id]).toMatchObject({
    value: { agent_id: id, name: 'files', tools: [{ name: 'add', inputSchema: { type: 'object' } }] },
    timestamp: NOW / 1000,
    node_id: own.dawnNodeId,
  });
  expect(JSON.stringify(said)).not.toContain('theirs');
  gossip.set(false);
});

it('says it again and again, until it is switched off', async () => {
  const { gossip, said } = gossiping({ everyMs: 5 });
  await expect.poll(() => said.length).toBeGreaterThan(1);
  gossip.set(false);
  const count = said.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(said).toHaveLength(count);
});
