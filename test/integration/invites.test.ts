import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestHost } from '../fixtures/test-host.ts';
import type { PeerId } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';

// Real hosts on loopback, which meet by nothing but the text of an invite.
let ada: TestHost;
let ben: TestHost;
beforeEach(async () => {
  [ada, ben] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
});
afterEach(async () => {
  await Promise.all([ada.stop(), ben.stop()]);
});

const trusts =
  (peerId: PeerId, trust: string) =>
  (state: LiveState): boolean =>
    state.peers[peerId]?.trust === trust;

describe('an invite', () => {
  it('makes two hosts contacts of each other that had never met', async () => {
    const { text, warnings, invite } = await ada.client.invites.create({ hours: 1, trust: 'trusted' });
    expect(warnings[0]).toMatch(/^Only programs on this machine/);
    expect(await ben.client.invites.preview({ text })).toMatchObject({
      peerId: ada.peerId,
      name: 'Ada',
      expired: false,
      own: false,
    });
    expect(ben.state?.peers).toEqual({});

    const view = await ben.client.invites.accept({ text, alias: 'My Ada' });
    expect(view).toMatchObject({
      peerId: ada.peerId,
      alias: 'My Ada',
      name: 'Ada',
      trust: 'known',
      state: 'connected',
      acceptsUs: true,
    });
    await ada.until('Ben as a contact', trusts(ben.peerId, 'trusted'));
    await ada.until('the name of Ben', (state) => state.peers[ben.peerId]?.name === 'Ben');
    expect(ada.state?.peers[ben.peerId]).toMatchObject({ request: null });
    await ada.until('that Ben has accepted, too', (state) => state.peers[ben.peerId]?.acceptsUs === true);
    expect(await ada.client.invites.list()).toEqual([
      { ...invite, usedBy: ben.peerId, usedAt: expect.any(Number) },
    ]);
  });

  it('is good for one: who brings it second is asked about, as any stranger', async () => {
    const carl = await TestHost.start('Carl');
    try {
      const { text } = await ada.client.invites.create({});
      await ben.client.invites.accept({ text });
      expect(await carl.client.invites.accept({ text })).toMatchObject({ acceptsUs: false });
      const stranger = await ada.until('the request', (state) => {
        const peer = state.peers[carl.peerId];
        return peer?.request == null ? null : peer;
      });
      expect(stranger.trust).toBe('unknown');
    } finally {
      await carl.stop();
    }
  });

  it('is refused once it is withdrawn, is one of our own, or is no invite at all', async () => {
    const { text, invite } = await ada.client.invites.create({});
    await expect(ada.client.invites.accept({ text })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(ben.client.invites.accept({ text: text.slice(0, -3) })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('cut short'),
    });
    await ada.client.invites.withdraw({ id: invite.id });
    expect(await ada.client.invites.list()).toEqual([]);
    expect(await ben.client.invites.accept({ text })).toMatchObject({ acceptsUs: false, state: 'connected' });
    await expect(ada.client.invites.withdraw({ id: invite.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is used once the inviter is back, where it was away when it was accepted', async () => {
    await ada.stop();
    // TCP only: whether somebody is there by QUIC takes ten seconds to tell.
    ada = await TestHost.start('Ada', undefined, { listen: ['/ip4/127.0.0.1/tcp/0'] });
    const { text } = await ada.client.invites.create({ trust: 'trusted' });
    const { dataDir } = ada;
    const listen = [ada.address().replace(/\/p2p\/.*/, '')];
    await ada.stop(true);
    expect(await ben.client.invites.accept({ text })).toMatchObject({ trust: 'known', acceptsUs: null });
    ada = await TestHost.start('Ada', dataDir, { listen });
    await ada.until('Ben as a contact', trusts(ben.peerId, 'trusted'));
    await ben.until('that Ada has accepted', (state) => state.peers[ada.peerId]?.acceptsUs === true);
  });

  it('of a host that is linked already only adds the trust', async () => {
    await ben.client.peers.dial({ address: ada.address() });
    const { text } = await ada.client.invites.create({ trust: 'trusted' });
    expect(await ben.client.invites.accept({ text })).toMatchObject({ acceptsUs: true });
    await ada.until('Ben as a contact', trusts(ben.peerId, 'trusted'));
    // A later invite that gives less takes nothing away.
    const lesser = await ada.client.invites.create({});
    await ben.client.invites.accept({ text: lesser.text });
    expect(ada.state?.peers[ben.peerId]?.trust).toBe('trusted');
  });
});
