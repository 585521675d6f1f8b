import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
