import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError } from '../../../../main/host/environment-error.ts';
import { readEnvironment, together } from '../../../../main/host/environment.ts';
import { KNOWN_NAMES, SETTING_VARIABLES } from '../../../../main/host/environment-variables.ts';
import { Settings } from '../../../../shared/settings.ts';

const PEER = '12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6';
const AT = `/ip4/192.0.2.7/tcp/4001/p2p/${PEER}`;

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readEnvironment(env);
    return [];
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    expect(error.code).toBe('INVALID_ENVIRONMENT');
    return error.problems;
  }
};

describe('the environment', () => {
  it('has a variable for every setting', () => {
    expect(SETTING_VARIABLES.map(({ key }) => key).toSorted()).toEqual(
      Object.keys(Settings.shape).toSorted(),
    );
    expect([...KNOWN_NAMES]).toEqual(
      expect.arrayContaining([
        'GATEHOUSE_APPROVAL_SECONDS',
        'GATEHOUSE_TRUSTED_MAY_READ',
        'GATEHOUSE_UPNP',
        'GATEHOUSE_WEBSOCKET_LISTEN',
        'TRANSPORT_TYPE',
        'LIBP2P_ENABLED',
      ]),
    );
  });

  it.each([
    ['TRANSPORT_TYPE', 'LibP2P', { transport: 'libp2p' }],
    ['TRANSPORT_TYPE', 'websocket', { transport: 'websocket' }],
    ['GATEHOUSE_TRANSPORT', 'Both', { transport: 'both' }],
    ['LIBP2P_ENABLED', 'false', { transport: 'websocket' }],
    ['LIBP2P_ENABLED', 'True', { transport: 'libp2p' }],
    ['GATEHOUSE_WEBSOCKET_LISTEN', '0.0.0.0:8000,[::]:0', { webSocketListen: ['0.0.0.0:8000', '[::]:0'] }],
    [
      'GATEHOUSE_WEBSOCKET_PEERS',
      `ws://dawn.example.org:8000#${'0'.repeat(64)} wss://[2001:db8::1]#${PEER}`,
      { webSocketPeers: [`ws://dawn.example.org:8000#${'0'.repeat(64)}`, `wss://[2001:db8::1]#${PEER}`] },
    ],
    [
      'GATEHOUSE_WEBSOCKET_TLS',
      '/etc/a b.pem, /etc/key.pem',
      { webSocketTls: { certificate: '/etc/a b.pem', key: '/etc/key.pem' } },
    ],
    ['GATEHOUSE_WEBSOCKET_TLS', 'None', { webSocketTls: null }],
    ['LIBP2P_BOOTSTRAP_PEERS', `${AT}, ${AT}\n`, { bootstrap: [AT, AT] }],
    ['LIBP2P_BOOTSTRAP_PEERS', `${AT} ${AT}`, { bootstrap: [AT, AT] }],
    ['LIBP2P_MDNS_ENABLED', 'False', { mdns: false }],
    ['LIBP2P_DHT_ENABLED', '1', { dht: true }],
    ['GATEHOUSE_GOSSIP', 'no', { gossip: false }],
    ['GATEHOUSE_RELAYS', 'OFF', { relays: false }],
    ['GATEHOUSE_UPNP', ' yes ', { upnp: true }],
    ['GATEHOUSE_TRUSTED_MAY_READ', 'on', { trustedMayRead: true }],
    ['GATEHOUSE_NAME', ' the loft ', { name: 'the loft' }],
    ['GATEHOUSE_APPROVAL_SECONDS', '600', { approvalSeconds: 600 }],
    ['GATEHOUSE_EXECUTION_SECONDS', '1', { executionSeconds: 1 }],
    ['GATEHOUSE_KEEP_DAYS', '3650', { keepDays: 3650 }],
    [
      'GATEHOUSE_STUN',
      'stun.example.org:3478,[2001:db8::1]:1',
      { stun: ['stun.example.org:3478', '[2001:db8::1]:1'] },
    ],
    ['GATEHOUSE_LISTEN', '/ip4/0.0.0.0/tcp/4001', { listen: ['/ip4/0.0.0.0/tcp/4001'] }],
    ['GATEHOUSE_ANNOUNCE', '/dns4/example.org/tcp/4001', { announce: ['/dns4/example.org/tcp/4001'] }],
    ['GATEHOUSE_BODIES', 'hash', { bodies: 'hash' }],
    ['GATEHOUSE_THEME', 'dark', { theme: 'dark' }],
  ])('reads %s=%s', (name, text, values) => {
    const read = readEnvironment({ [name]: text });
    expect(read.values).toEqual(values);
    expect(Object.values(read.overrides)).toEqual([name]);
    expect(Object.keys(read.overrides)).toEqual(Object.keys(values));
    expect(read.warnings).toEqual([]);
  });

  it.each([
    ['TRANSPORT_TYPE', 'quic', /libp2p, websocket or both/],
    ['LIBP2P_ENABLED', 'perhaps', /true, false, 1, 0, yes, no, on or off/],
    ['GATEHOUSE_WEBSOCKET_LISTEN', '8000', /host:port/],
    ['GATEHOUSE_WEBSOCKET_LISTEN', '0.0.0.0:65536', /up to 65535/],
    ['GATEHOUSE_WEBSOCKET_PEERS', 'http://192.0.2.7:8000', /ws:\/\/192/],
    ['GATEHOUSE_WEBSOCKET_PEERS', 'ws://192.0.2.7:99999', /ws:\/\/192/],
    ['GATEHOUSE_WEBSOCKET_PEERS', 'ws://192.0.2.7:8000#12D3KooW', /id of a peer or of a Dawn node/],
    ['GATEHOUSE_WEBSOCKET_TLS', '/etc/cert.pem', /with a comma between/],
    ['GATEHOUSE_WEBSOCKET_TLS', 'cert.pem,key.pem', /absolute paths/],
    ['LIBP2P_MDNS_ENABLED', 'maybe', /true, false, 1, 0, yes, no, on or off/],
    ['LIBP2P_BOOTSTRAP_PEERS', '/ip4/192.0.2.7/tcp/4001', /end in the id of a peer/],
    // The key of another kind of peer than Ed25519.
    [
      'LIBP2P_BOOTSTRAP_PEERS',
      '/ip4/192.0.2.7/tcp/4001/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      /id of a peer/,
    ],
    ['GATEHOUSE_BOOTSTRAP', `/ip4/192.0.2.777/tcp/4001/p2p/${PEER}`, /id of a peer/],
    ['GATEHOUSE_BOOTSTRAP', Array.from({ length: 33 }, () => AT).join(' '), /32 at most/],
    ['GATEHOUSE_STUN', 'stun.example.org', /host:port/],
    ['GATEHOUSE_STUN', 'stun.example.org:0', /from 1 to 65535/],
    ['GATEHOUSE_STUN', 'stun.example.org:65536', /from 1 to 65535/],
    ['GATEHOUSE_STUN', '[dead:beef]:3478', /host:port/],
    ['GATEHOUSE_LISTEN', '4001', /multiaddrs/],
    ['GATEHOUSE_LISTEN', AT, /multiaddrs to listen on/],
    ['GATEHOUSE_APPROVAL_SECONDS', '9', /from 10 to 3600/],
    ['GATEHOUSE_APPROVAL_SECONDS', '1e3', /from 10 to 3600/],
    ['GATEHOUSE_KEEP_DAYS', '0', /from 1 to 3650/],
    ['GATEHOUSE_THEME', 'blue', /system, light or dark/],
    ['GATEHOUSE_BODIES', 'none', /whole, masked or hash/],
    ['GATEHOUSE_NAME', 'x'.repeat(61), /1 to 60 characters/],
  ])('refuses %s=%s with name, value and what is allowed', (name, text, allowed) => {
    const [problem = '', ...others] = problemsOf({ [name]: text });
    expect(others).toEqual([]);
    expect(problem).toMatch(allowed);
    expect(problem.startsWith(`${name} is "${text.slice(0, 100)}`)).toBe(true);
    expect(problem.length).toBeLessThan(400);
  });

  it('names every wrong variable at once', () => {
    expect(problemsOf({ TRANSPORT_TYPE: 'quic', GATEHOUSE_UPNP: '2', GATEHOUSE_GOSSIP: 'on' })).toEqual([
      expect.stringContaining('TRANSPORT_TYPE'),
      expect.stringContaining('GATEHOUSE_UPNP'),
    ]);
  });

  it('takes two names of one setting only where they agree', () => {
    expect(readEnvironment({ LIBP2P_DHT_ENABLED: 'yes', GATEHOUSE_DHT: '1' })).toMatchObject({
      values: { dht: true },
      overrides: { dht: 'LIBP2P_DHT_ENABLED' },
    });
    const [problem = ''] = problemsOf({ LIBP2P_DHT_ENABLED: 'yes', GATEHOUSE_DHT: '0' });
    expect(problem).toContain('LIBP2P_DHT_ENABLED is "yes" and GATEHOUSE_DHT is "0"');
  });

  it.each([
    ['websocket', 'false'],
    ['libp2p', 'true'],
    ['both', 'true'],
  ])('takes TRANSPORT_TYPE=%s beside LIBP2P_ENABLED=%s, which say the same', (type, enabled) => {
    expect(readEnvironment({ TRANSPORT_TYPE: type, LIBP2P_ENABLED: enabled })).toMatchObject({
      values: { transport: type },
      overrides: { transport: 'TRANSPORT_TYPE' },
    });
  });

  it.each([
    ['websocket', 'true'],
    ['libp2p', 'false'],
    ['both', 'no'],
  ])('refuses GATEHOUSE_TRANSPORT=%s beside LIBP2P_ENABLED=%s', (type, enabled) => {
    const [problem = '', ...others] = problemsOf({ GATEHOUSE_TRANSPORT: type, LIBP2P_ENABLED: enabled });
    expect(others).toEqual([]);
    expect(problem).toBe(
      `GATEHOUSE_TRANSPORT is "${type}" and LIBP2P_ENABLED is "${enabled}": one says that libp2p is used, the other that it is not. Set one of them, or both alike.`,
    );
  });

  it('takes an empty variable for none', () => {
    const read = readEnvironment({
      GATEHOUSE_UPNP: '',
      LIBP2P_DHT_ENABLED: '  ',
      GATEHOUSE_UPNNP: '',
      PATH: '/bin',
    });
    expect(read).toEqual({ values: {}, overrides: {}, warnings: [] });
  });

  it('wonders at a variable that nobody knows, and guesses what was meant', () => {
    const { values, warnings } = readEnvironment({
      GATEHOUSE_UPNPP: '1',
      GATEHOUSE_QUITE_ELSE: '1',
      GATEHOUSE_DATA: '/x',
    });
    expect(values).toEqual({});
    expect(warnings).toEqual([
      expect.stringMatching(/GATEHOUSE_UPNPP.*Did you mean GATEHOUSE_UPNP\?$/),
      expect.stringMatching(/GATEHOUSE_QUITE_ELSE.*docs\/settings\.md/),
    ]);
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`GATEHOUSE_X${index}`, '1']));
    expect(readEnvironment(many).warnings).toHaveLength(8);
  });

  it('knows every such name that the project itself uses', () => {
    const root = new URL('../../../../', import.meta.url).pathname;
    const used = ['main', 'scripts', 'test/fixtures'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(ts|mjs|sh)$/.test(file))
        .flatMap(
          (file) => readFileSync(join(root, folder, file), 'utf8').match(/\bGATEHOUSE_[A-Z_]*[A-Z]\b/g) ?? [],
        ),
    );
    expect([...new Set(used)].filter((name) => !KNOWN_NAMES.has(name))).toEqual([]);
  });

  it('is overruled by what comes later, the command line', () => {
    const env = readEnvironment({ LIBP2P_MDNS_ENABLED: 'on', GATEHOUSE_UPNP: 'off' });
    expect(together(env, { values: { mdns: false }, overrides: { mdns: '--no-mdns' } })).toEqual({
      values: { mdns: false, upnp: false },
      overrides: { mdns: '--no-mdns', upnp: 'GATEHOUSE_UPNP' },
      warnings: [],
    });
  });
});
