import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentName } from '../../shared/ids.ts';
import { BarePeer } from '../fixtures/bare-peer.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

let a: TestHost;
let b: TestHost;

beforeAll(async () => {
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await b.client.peers.dial({ address: a.address() });
}, 60_000);

afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
}, 60_000);

test('accepting a peer asks it to accept in turn; each decides for itself', async () => {
  await b.until('the name of the other', (state) => state.peers[a.peerId]?.name === 'Ada');
  await b.client.contacts.accept({ peerId: a.peerId, alias: 'Ada upstairs' });
  const request = await a.until('the request', (state) => state.peers[b.peerId]?.request);
  expect(request).toMatchObject({ attempts: 1, wanted: null });
  expect(a.state?.peers[b.peerId]?.trust).toBe('unknown');
  expect(b.state?.peers[a.peerId]?.acceptsUs).toBe(false);
  await a.client.contacts.accept({ peerId: b.peerId, trust: 'trusted' });
  await b.until('to be accepted', (state) => state.peers[a.peerId]?.acceptsUs === true);
  await a.until('the request to be gone', (state) => state.peers[b.peerId]?.request === null);
});

test('an agent that starts later is seen by contacts when they look again', async () => {
  await a.addAgent('everything', serverEverything());
  const view = await b.client.peers.refresh({ peerId: a.peerId });
  expect(view.agents.map(({ name }) => name)).toEqual(['everything']);
  await a.client.agents.stop({ name: AgentName.parse('everything') });
  expect((await b.client.peers.refresh({ peerId: a.peerId })).agents).toEqual([]);
});

test('contacts, names and trust outlive the host, and the link comes back by itself', async () => {
  const { dataDir, peerId } = b;
  await b.stop(true);
  await a.until('the link to go', (state) => state.peers[peerId]?.state !== 'connected');
  b = await TestHost.start('Ben', dataDir);
  expect(b.peerId).toBe(peerId);
  expect(b.state?.peers[a.peerId]).toMatchObject({ alias: 'Ada upstairs', trust: 'known' });
  await b.until('the link', (state) => state.peers[a.peerId]?.state === 'connected');
  await a.until('the link', (state) => state.peers[peerId]?.state === 'connected');
  expect(a.state?.peers[peerId]?.trust).toBe('trusted');
}, 60_000);

test('a contact that is disconnected stays so until it is dialled', async () => {
  await b.client.peers.disconnect({ peerId: a.peerId });
  await b.until('the link to go', (state) => state.peers[a.peerId]?.state === 'offline');
  const view = await b.client.peers.dial({ address: a.peerId });
  expect(view.peerId).toBe(a.peerId);
  await b.until('the link', (state) => state.peers[a.peerId]?.state === 'connected');
});

test('a forgotten contact is unknown again and sees no cards', async () => {
  await a.client.contacts.remove({ peerId: b.peerId });
  // For the other side it is still a contact, so the link comes back, and with it the news.
  await b.until('to be no contact', (state) => state.peers[a.peerId]?.acceptsUs === false);
  expect(b.state?.peers[a.peerId]?.agents).toEqual([]);
  expect(a.state?.peers[b.peerId]?.trust ?? 'unknown').toBe('unknown');
});

test('a node that speaks nothing of ours is shown as what it is', async () => {
  const stranger = await BarePeer.start();
  await stranger.network.dial(a.address(), { signal: AbortSignal.timeout(30_000) });
  const view = await a.until('the stranger', (state) => {
    const peer = state.peers[stranger.peerId];
    return peer?.software === null ? undefined : peer;
  });
  expect(view).toMatchObject({ trust: 'unknown', software: 'bare/0', contactSince: null });
  await stranger.stop();
});

test('an address that is none, and a peer that is not there, are told apart', async () => {
  await expect(a.client.peers.dial({ address: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID' });
  const nobody = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp';
  await expect(a.client.peers.dial({ address: nobody })).rejects.toMatchObject({ code: 'UNREACHABLE' });
});
