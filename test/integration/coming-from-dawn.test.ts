import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { peerIdOfPublicKey } from '../../main/host/identity/index.ts';
import { migrationOf } from '../../shared/migration.ts';
import type { PeerView } from '../../shared/peers.ts';
import type { SettingsChange } from '../../shared/settings.ts';
import { recordedDawnServer, type RecordedDawnServer } from '../fixtures/recorded-dawn-server.ts';
import { TestHost } from '../fixtures/test-host.ts';
import { runIn } from '../fixtures/at-a-host.ts';

const SETTINGS: SettingsChange = { transport: 'both', webSocketListen: ['127.0.0.1:0'] };

let root: string;
let data: string;
let dawn: RecordedDawnServer;
let host: TestHost | null = null;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-from-dawn-'));
  data = join(root, 'data');
  dawn = await recordedDawnServer();
  const folder = join(root, 'dawn');
  await mkdir(folder);
  await writeFile(
    join(folder, 'identity.json'),
    '{"private_key":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}',
  );
  await writeFile(join(folder, 'trust.json'), JSON.stringify({ [dawn.nodeId]: 'trusted' }));
  await writeFile(
    join(folder, 'bootstrap.json'),
    JSON.stringify([{ address: dawn.address, node_id: dawn.nodeId }]),
  );
  expect(await runIn(data, ['import-dawn', folder, '--yes'])).toMatchObject({ code: 0, err: '' });
});
afterEach(async () => {
  await host?.stop(true);
  await dawn.stop();
  await rm(root, { recursive: true, force: true });
});

it('brings the identity and the contacts along, and lets them answer in plain text only when allowed', async () => {
  const peerId = peerIdOfPublicKey(Buffer.from(dawn.nodeId, 'hex'));
  if (peerId === null) throw new Error('The recorded node has no key.');
  const until = (what: string, find: (peer: PeerView) => boolean): Promise<PeerView> => {
    if (host === null) throw new Error('No host runs.');
    return host.until(what, ({ peers }) => {
      const peer = peers[peerId];
      return peer !== undefined && find(peer) ? peer : null;
    });
  };
  host = await TestHost.start('Ada', data, SETTINGS);
  expect(host.state?.host.dawnNodeId).toBe(
    '03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8',
  );
  const offered = await until('the offer to answer in plain text', ({ legacy }) => legacy === 'offered');
  expect(offered).toMatchObject({ trust: 'trusted', links: [] });

  await host.client.peers.allowLegacy({ peerId, allowed: true });
  const linked = await until('a legacy link', ({ links, agents }) => links.length > 0 && agents.length > 0);
  expect(linked).toMatchObject({ legacy: 'allowed', links: [{ path: 'legacy', transport: 'websocket' }] });
  expect(linked.agents.every(({ verified }) => !verified)).toBe(true);
  const { state } = host;
  expect(
    state && migrationOf(Object.values(state.peers), state.settings, state.host.transports),
  ).toMatchObject({ verdict: 'breaks', contacts: [{ peerId, dependence: 'legacy' }], breaks: [{ peerId }] });

  await host.stop(true);
  host = await TestHost.start('Ada', data, SETTINGS);
  await until('the link after a restart', ({ links }) => links[0]?.path === 'legacy');
  await host.client.peers.allowLegacy({ peerId, allowed: false });
  await until('the end of the link', ({ links }) => links.length === 0);
});
