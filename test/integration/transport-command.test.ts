import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { migrationOf } from '../../shared/migration.ts';
import { selfSigned } from '../fixtures/self-signed.ts';
import { Serving } from '../fixtures/serving.ts';
import { TestHost } from '../fixtures/test-host.ts';

const EVERYWHERE = { webSocketListen: ['127.0.0.1:0'] };

describe('the transport, as it is chosen', () => {
  let ada: TestHost;
  let ben: TestHost;
  beforeEach(async () => {
    [ada, ben] = await Promise.all([
      TestHost.start('Ada', undefined, EVERYWHERE),
      TestHost.start('Ben', undefined, EVERYWHERE),
    ]);
    await ada.client.peers.dial({ address: ben.address() });
    const [adaSeen, benSeen] = await Promise.all([
      ben.until('Ada', (state) => state.peers[ada.peerId]),
      ada.until('Ben', (state) => state.peers[ben.peerId]),
    ]);
    await ben.client.contacts.accept({ peerId: adaSeen.peerId, trust: 'known' });
    await ada.client.contacts.accept({ peerId: benSeen.peerId, trust: 'known' });
  });
  afterEach(async () => {
    await Promise.all([ada.stop(), ben.stop()]);
  });

  const runs = (host: TestHost, name: string, state: string) =>
    host.until(`${name} to be ${state}`, ({ host: { transports } }) =>
      transports.find((one) => one.name === name && one.state === state),
    );

  const migration = () =>
    ada.state === undefined
      ? null
      : migrationOf(Object.values(ada.state.peers), ada.state.settings, ada.state.host.transports);

  it('takes effect at once, for all and for one, and is remembered with the peer', async () => {
    await Promise.all([
      ada.client.settings.set({ transport: 'both' }),
      ben.client.settings.set({ transport: 'both' }),
    ]);
    const [listening] = await Promise.all([
      runs(ben, 'websocket', 'running'),
      runs(ada, 'websocket', 'running'),
    ]);
    const [address = ''] = listening.addresses;
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+/);
    await ada.client.peers.dial({ address });
    await ada.until('two links', (state) =>
      state.peers[ben.peerId]?.transports.every(({ linked }) => linked),
    );

    expect(migration()).toMatchObject({ verdict: 'safe', contacts: [{ standing: 'ready' }] });

    await ada.client.peers.setTransport({ peerId: ben.peerId, transport: 'websocket' });
    const only = await ada.until('WebSocket only', (state) => {
      const peer = state.peers[ben.peerId];
      return peer?.links.length === 1 && peer.links[0]?.transport === 'websocket' ? peer : null;
    });
    expect(only).toMatchObject({ transportChoice: 'websocket', speaksGatehouse: true, legacy: 'not-needed' });
    await expect(ada.client.peers.allowLegacy({ peerId: ben.peerId, allowed: true })).rejects.toMatchObject({
      code: 'CONFLICT',
    });

    const { dataDir } = ada;
    await ada.stop(true);
    ada = await TestHost.start('Ada', dataDir, EVERYWHERE);
    const again = await ada.until('a link after the restart', (state) => {
      const peer = state.peers[ben.peerId];
      return peer?.links.some(({ transport }) => transport === 'websocket') ? peer : null;
    });
    expect(again).toMatchObject({ transportChoice: 'websocket', legacy: 'not-needed', trust: 'known' });
    expect(again.links.every(({ transport }) => transport === 'websocket')).toBe(true);
    expect(again.transports.find(({ name }) => name === 'libp2p')?.lastLinkedAt).toBeGreaterThan(0);

    await ada.client.peers.setTransport({ peerId: ben.peerId, transport: null });
    await ada.until('libp2p again', (state) =>
      state.peers[ben.peerId]?.links.some(({ transport }) => transport !== 'websocket'),
    );
  });

  it('stays as it was where what was chosen cannot run, and the setting says so', async () => {
    const webSocketTls = await selfSigned(ada.dataDir);
    await ada.client.settings.set({ webSocketTls });
    await rm(webSocketTls.key);
    await ada.client.settings.set({ transport: 'websocket' });
    const { text } = await ada.until('a notice', (state) =>
      state.host.notices.find(({ id }) => id === 'transport'),
    );
    expect(text).toMatch(/stays as it was/);
    await ada.until('the setting of before', (state) => state.settings.transport === 'libp2p');
    expect(ada.state?.peers[ben.peerId]?.state).toBe('connected');
    expect(ada.state?.host.transports).toMatchObject([
      { name: 'libp2p', state: 'running' },
      { name: 'websocket', state: 'failed' },
    ]);
  });
});

describe('the commands', () => {
  const Shown = z.looseObject({
    transport: z.string(),
    transports: z.array(z.looseObject({ name: z.string(), state: z.string() })),
    migration: z.looseObject({ verdict: z.string() }),
  });
  let root: string;
  let host: Serving;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'gatehouse-transport-'));
    host = new Serving(root, 'host');
    host.env = { GATEHOUSE_WEBSOCKET_LISTEN: '127.0.0.1:0' };
  });
  afterEach(async () => {
    await host.end('SIGTERM');
    await rm(root, { recursive: true, force: true });
  });

  it('switch a running host back and forth, after importing a Dawn node', async () => {
    const dawn = join(root, 'dawn');
    await mkdir(dawn);
    await writeFile(
      join(dawn, 'node.key'),
      '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    );
    await writeFile(join(dawn, 'bootstrap.json'), '["ws://127.0.0.1:9"]');
    expect(await host.code('import-dawn', dawn, '--yes')).toMatchObject({ code: 0, err: '' });

    await host.start();
    expect(await host.ask(z.looseObject({}), 'id')).toMatchObject({
      peerId: host.peerId,
      dawnNodeId: '03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8',
    });
    expect(await host.code('import-dawn', dawn, '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('already running'),
    });
    expect(await host.code('transport', 'set', 'both')).toMatchObject({ code: 0 });
    expect(await host.ask(Shown, 'transport')).toMatchObject({
      transport: 'both',
      transports: [
        { name: 'libp2p', state: 'running' },
        { name: 'websocket', state: 'running' },
      ],
      migration: { verdict: 'breaks', breaks: [{ peerId: null }] },
    });
    expect(await host.code('transport', 'set', 'websocket')).toMatchObject({ code: 0 });
    expect(await host.code('transport', 'set', 'libp2p')).toMatchObject({ code: 0 });
    const { transports } = await host.ask(Shown, 'transport');
    expect(transports.map(({ state }) => state)).toEqual(['running', 'off']);
  });
});
