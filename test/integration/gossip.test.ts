import { setTimeout } from 'node:timers/promises';
import { multiaddr } from '@multiformats/multiaddr';
import { gossipsub } from '@libp2p/gossipsub';
import type { Libp2p } from '@libp2p/interface';
import { noise } from '@chainsafe/libp2p-noise';
import { identify } from '@libp2p/identify';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { afterEach, describe, expect, it } from 'vitest';
import { gossipService, type Gossip } from '../../main/host/network/discovery/gossip.ts';
import { announce, readAnnouncement, tombstone } from '../../main/host/registry/announcement.ts';
import { AgentName, type PeerId } from '../../shared/ids.ts';
import { CARDS_TOPIC } from '../../shared/wire.ts';
import { linked, newIdentity, peerWhen, soon, startNode, stopAll, type TestNode } from './network-fixture.ts';

afterEach(stopAll);

const AGENT = AgentName.parse('weather');
const DEADLINE_MS = 30_000;

/** A host that announces one agent, and keeps what it hears. */
interface Host extends TestNode {
  readonly own: string;
  readonly heard: Map<PeerId, string>;
  readonly sequences: Map<PeerId, number>;
  /** Forged ones that were brought to it. */
  readonly rejected: number;
  until(what: string, holds: () => boolean): Promise<void>;
}

const announcementOf = (identity: Host['identity'], sequence = 1): string =>
  announce(
    { agent: AGENT, description: '', version: '1', tools: ['forecast'], tags: [] },
    { sequence, now: Date.now() },
    identity,
  );

async function startHost(): Promise<Host> {
  const identity = await newIdentity();
  const own = announcementOf(identity);
  const heard = new Map<PeerId, string>();
  const sequences = new Map<PeerId, number>();
  let rejected = 0;
  let wake = (): void => undefined;
  const node = await startNode({
    identity,
    gossip: true,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    handlers: {
      announcement: (text) => {
        let said: ReturnType<typeof readAnnouncement>;
        try {
          said = readAnnouncement(text);
        } catch {
          rejected += 1;
          return 'reject';
        }
        if (said.peerId === identity.peerId) return 'ignore';
        if ((sequences.get(said.peerId) ?? -1) >= said.sequence) return 'ignore';
        sequences.set(said.peerId, said.sequence);
        heard.set(said.peerId, text);
        wake();
        return 'accept';
      },
      announcements: () => [own, ...heard.values()],
    },
  });
  const until = (what: string, holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = globalThis.setTimeout(
        () => reject(new Error(`Waited in vain for ${what}: ${heard.size}`)),
        DEADLINE_MS,
      );
      wake = () => {
        if (!holds()) return;
        clearTimeout(late);
        resolve();
      };
      wake();
    });
  return {
    ...node,
    own,
    heard,
    sequences,
    until,
    get rejected() {
      return rejected;
    },
  };
}

describe('gossip', () => {
  it('tells everybody who is linked to one hub of everybody', async () => {
    const hub = await startHost();
    const others = await Promise.all(Array.from({ length: 15 }, startHost));
    // One by one: they share a processor, and a handshake that takes four seconds is given up.
    for (const { network } of others) await network.dial(hub.at('tcp'), soon());
    await Promise.all(others.map((one) => one.until('all others', () => one.heard.size === 15)));
    // And now all of them say something new at once.
    const all = others.map((one) =>
      one.until(
        'the news',
        () => [...one.sequences.values()].filter((sequence) => sequence === 2).length === 14,
      ),
    );
    for (const one of others) one.network.publish(announcementOf(one.identity, 2));
    await Promise.all(all);
  }, 90_000);

  it('tells a late comer at once what was said before it came', async () => {
    const hub = await startHost();
    const early = await startHost();
    await early.network.dial(hub.at('tcp'), soon());
    await hub.until('the early one', () => hub.heard.has(early.peerId));
    const late = await startHost();
    await late.network.dial(hub.at('tcp'), soon());
    await late.until('both', () => late.heard.has(early.peerId) && late.heard.has(hub.peerId));
    await early.until('the late one', () => early.heard.has(late.peerId));
    await expect(late.network.fetchAnnouncements(hub.peerId, soon())).resolves.toContain(early.own);
  });

  it('finds what it has missed, soon after it has heard of something else', async () => {
    const [hub, one] = await Promise.all([startHost(), startHost()]);
    await one.network.dial(hub.at('tcp'), soon());
    await one.until('the hub', () => one.heard.has(hub.peerId));
    await hub.until('the other', () => hub.heard.has(one.peerId));
    const third = await newIdentity();
    // As if the message to the other had been lost.
    hub.heard.set(third.peerId, announcementOf(third));
    hub.network.publish(announcementOf(hub.identity, 2));
    await one.until('what was lost', () => one.heard.has(third.peerId));
  });

  it('takes back what it said', async () => {
    const [hub, one, other] = await Promise.all([startHost(), startHost(), startHost()]);
    await one.network.dial(hub.at('tcp'), soon());
    await other.network.dial(hub.at('tcp'), soon());
    await other.until('the announcement', () => other.heard.has(one.peerId));
    const gone = tombstone(AGENT, { sequence: 2, now: Date.now() }, one.identity);
    one.network.publish(gone);
    // It must get out although the node stops at once.
    await one.network.stop();
    await other.until('the tombstone', () => other.heard.get(one.peerId) === gone);
  });

  it('hears nothing while it is turned off, and catches up when it is turned on', async () => {
    const [hub, one] = await Promise.all([startHost(), startHost()]);
    one.network.setGossip(false);
    await one.network.dial(hub.at('tcp'), soon());
    await peerWhen(hub, one.peerId, linked);
    const third = await startHost();
    await third.network.dial(hub.at('tcp'), soon());
    await third.until('the hub', () => third.heard.has(hub.peerId));
    await hub.until('the third', () => hub.heard.has(third.peerId));
    expect(one.heard.size).toBe(0);
    one.network.setGossip(true);
    await one.until('both', () => one.heard.has(hub.peerId) && one.heard.has(third.peerId));
  });

  it('goes on over another link when the one that it ran on is closed', async () => {
    const [hub, one] = await Promise.all([startPlainGossip(), startPlainGossip()]);
    const [address] = hub.node.getMultiaddrs();
    if (address === undefined) throw new Error('It does not listen.');
    const first = await one.node.dial(address);
    await Promise.all([one.hears(hub, 'one'), hub.hears(one, 'two')]);
    const identified = Promise.all([one, hub].map(({ node }) => nextIdentify(node)));
    await one.node.dial(address, { force: true });
    await identified;
    await first.close();
    await Promise.all([one.hears(hub, 'three'), hub.hears(one, 'four')]);
    await Promise.all([hub.node.stop(), one.node.stop()]);
  });

  it('neither believes nor passes on what is forged, and stops listening to who brings it', async () => {
    const [hub, honest] = await Promise.all([startHost(), startHost()]);
    await honest.network.dial(hub.at('tcp'), soon());
    await hub.until('the honest one', () => hub.heard.has(honest.peerId));
    const evil = await startEvil();
    await evil.node.dial(multiaddr(hub.at('tcp')));
    await evil.subscribed;
    const [victim, author] = await Promise.all([newIdentity(), newIdentity()]);
    await evil.publish(announcementOf(author));
    await honest.until('what is true', () => honest.heard.has(author.peerId));
    // Scores are looked at once a second: until then the truth is still heard from there, and then no more.
    let unheard = 0;
    for (let round = 2; unheard < 3; round += 1) {
      if (round > 50) throw new Error('It is still listened to.');
      await evil.publish(announcementOf(victim, round).replace(/.{8}$/, 'AAAAAAAA'));
      await evil.publish(`nonsense ${round}`);
      await evil.publish(`${round}`.repeat(9000));
      await evil.publish(announcementOf(author, round));
      await setTimeout(200);
      unheard = hub.sequences.get(author.peerId) === round ? 0 : unheard + 1;
    }
    const last = announcementOf(hub.identity, 2);
    hub.network.publish(last);
    await honest.until('the hub', () => honest.heard.get(hub.peerId) === last);
    expect(hub.heard.has(victim.peerId)).toBe(false);
    expect(honest.heard.has(victim.peerId)).toBe(false);
    expect(honest.rejected).toBe(0);
    await evil.node.stop();
  });
});

/** Somebody with the same protocol and no manners. */
async function startEvil() {
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), gossip: gossipsub({ allowPublishToZeroTopicPeers: true }) },
  });
  const subscribed = new Promise<void>((resolve) => {
    node.services.gossip.addEventListener('subscription-change', () => resolve());
  });
  node.services.gossip.subscribe(CARDS_TOPIC);
  const publish = async (text: string): Promise<void> => {
    await node.services.gossip.publish(CARDS_TOPIC, Buffer.from(text));
  };
  return { node, subscribed, publish };
}

const nextIdentify = (node: Libp2p): Promise<void> =>
  new Promise((resolve) => {
    node.addEventListener('peer:identify', () => resolve(), { once: true });
  });

/** A libp2p node with our gossip, and nothing that looks after its links. */
async function startPlainGossip() {
  const service = gossipService();
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), gossip: service.create },
  });
  const heard = new Set<string>();
  const gossip = service.attach(node, {
    announcement: (text) => {
      heard.add(text);
      return 'accept';
    },
  });
  gossip.set(true);
  /** The other says it until it is heard here: nothing tells when its gossip is ready. */
  const hears = async (other: { gossip: Gossip }, text: string): Promise<void> => {
    for (let round = 0; ![...heard].some((one) => one.startsWith(text)); round += 1) {
      if (round > 100) throw new Error(`Never heard ${text}.`);
      other.gossip.publish(`${text} ${round}`);
      await setTimeout(50);
    }
  };
  return { node, gossip, hears };
}
