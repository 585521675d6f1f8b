import { describe, expect, it } from 'vitest';
import { isLocalOnly } from '../../../../main/host/setting-addresses.ts';
import { SettingsInForce } from '../../../../main/host/settings-in-force.ts';
import { defaultSettings } from '../../../../shared/settings.ts';

const stored = { ...defaultSettings('desk'), keepDays: 7 };

describe('the settings in force', () => {
  it('are the stored ones with those of this run over them, and leave the stored ones alone', () => {
    const inForce = new SettingsInForce({
      values: { dht: false, name: undefined },
      overrides: { dht: 'LIBP2P_DHT_ENABLED' },
    });
    expect(inForce.over(stored)).toEqual({ ...stored, dht: false });
    expect(stored.dht).toBe(true);
  });

  it('refuse a change of what the environment decides, and say where to change it', () => {
    const inForce = new SettingsInForce({
      values: { dht: false, mdns: false },
      overrides: { dht: 'LIBP2P_DHT_ENABLED', mdns: '--no-mdns' },
    });
    const now = inForce.over(stored);
    expect(() => inForce.accept({ dht: true }, now)).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message:
          'LIBP2P_DHT_ENABLED in the environment decides this for as long as Gatehouse runs. Change it there.',
      }),
    );
    expect(() => inForce.accept({ mdns: true }, now)).toThrow(/--no-mdns on the command line/);
    // A form sends all it has; only what differs is a change, and only what may change is stored.
    expect(inForce.accept({ dht: false, name: 'den' }, now)).toEqual({ name: 'den' });
  });

  it('let go of what was only to start with', () => {
    const inForce = new SettingsInForce({ values: { gossip: false, relays: false }, overrides: {} });
    const change = inForce.accept({ gossip: true }, inForce.over(stored));
    expect(change).toEqual({ gossip: true });
    expect(inForce.over({ ...stored, gossip: true })).toMatchObject({ gossip: true, relays: false });
  });

  it.each([
    { bootstrap: ['/ip4/192.0.2.999/tcp/1/p2p/12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6'] },
    { listen: ['/ip4/0.0.0.0/tpc/4001'] },
    { announce: ['/ip4/0.0.0.0/tcp/99999'] },
    { stun: ['stun.example.org:99999'] },
    { webSocketListen: ['0.0.0.0:99999'] },
    { webSocketPeers: ['ws://192.0.2.7:99999'] },
    { webSocketPeers: ['ws://192.0.2.7:0'] },
    { webSocketTls: { certificate: '/etc/cert.pem', key: 'key.pem' } },
  ])('refuse addresses that only look like some: %j', (change) => {
    const inForce = new SettingsInForce({ values: {}, overrides: {} });
    expect(() => inForce.accept(change, stored)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});

describe('addresses to listen on', () => {
  it('are of this machine only where each is', () => {
    expect(isLocalOnly([])).toBe(false);
    expect(isLocalOnly(['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'])).toBe(true);
    expect(isLocalOnly(['/ip4/127.0.0.1/tcp/0', '/ip4/0.0.0.0/tcp/0'])).toBe(false);
  });
});
