import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { selfSigned } from '../fixtures/self-signed.ts';
import { TestHost } from '../fixtures/test-host.ts';

let ada: TestHost;
let ben: TestHost;
beforeEach(async () => {
  [ada, ben] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
});
afterEach(async () => {
  await Promise.all([ada.stop(), ben.stop()]);
});

describe('a setting of the network', () => {
  it('takes effect at once: a bootstrap peer is linked, and kept over a restart', async () => {
    await ada.client.settings.set({ bootstrap: [ben.address()] });
    await ada.until('a link to Ben', (state) => state.peers[ben.peerId]?.state === 'connected');
    const { dataDir } = ada;
    await ada.stop(true);
    ada = await TestHost.start('Ada', dataDir);
    await ada.until('a link to Ben', (state) => state.peers[ben.peerId]?.state === 'connected');
  });

  it('is refused where it only looks like one, and nothing is changed', async () => {
    const bad = ben.address().replace('127.0.0.1', '127.0.0.256');
    await expect(ada.client.settings.set({ name: 'Eve', bootstrap: [bad] })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(bad),
    });
    expect(ada.state?.settings).toMatchObject({ name: 'Ada', bootstrap: [] });
  });

  it('can be turned on and off while the host runs, whichever it is', async () => {
    for (const on of [true, false]) {
      const change = { gossip: on, dht: on, relays: on, stun: on ? ['127.0.0.1:3478'] : [] };
      expect(await ada.client.settings.set(change)).toMatchObject(change);
      await ada.until('the settings', (state) => state.settings.relays === on);
    }
  });
});

describe('where WebSocket listens', () => {
  const webSocket = () => ada.state?.host.transports.find(({ name }) => name === 'websocket');
  const noFiles = () => ({ certificate: join(ada.dataDir, 'none.pem'), key: join(ada.dataDir, 'none.key') });

  it('is not changed to a certificate that cannot be used, and nothing that came with it is stored', async () => {
    const change = { transport: 'both', webSocketTls: noFiles() } as const;
    await expect(ada.client.settings.set(change)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('The certificate for WebSocket cannot be used'),
    });
    expect(ada.state?.settings).toMatchObject({ transport: 'libp2p', webSocketTls: null });
    expect(webSocket()).toMatchObject({ state: 'off' });
  });

  it('begins with a better certificate where it could not begin with that of before', async () => {
    const { dataDir } = ada;
    const webSocketTls = noFiles();
    await ada.stop(true);
    const before = { transport: 'both', webSocketTls } as const;
    ada = await TestHost.start('Ada', dataDir, { ...before, webSocketListen: ['127.0.0.1:0'] });
    expect(webSocket()).toMatchObject({ state: 'failed', error: expect.stringContaining('cannot be used') });
    await ada.client.settings.set({ webSocketTls: await selfSigned(dataDir) });
    await ada.until('WebSocket', () => webSocket()?.state === 'running');
    expect(webSocket()).toMatchObject({ error: null, addresses: [expect.stringMatching(/^wss:/)] });
  });

  it('may be nowhere, which is said of it', async () => {
    await ada.client.settings.set({ transport: 'both', webSocketListen: ['198.51.100.77:0'] });
    const { error } = await ada.until('WebSocket', () => {
      const view = webSocket();
      return view?.state === 'running' && view.error !== null ? view : null;
    });
    expect(error).toMatch(/^It listens nowhere/);
    await ada.client.settings.set({ webSocketListen: ['127.0.0.1:0'] });
    await ada.until('an address', () => webSocket()?.error === null && webSocket()?.addresses.length === 1);
  });
});
