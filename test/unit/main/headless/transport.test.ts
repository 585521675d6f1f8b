import { expect, it } from 'vitest';
import type { LinkView, PeerView } from '../../../../shared/peers.ts';
import type { TransportState, TransportView } from '../../../../shared/transports.ts';
import { aPeer, type FakeHost } from '../../../fixtures/fake-host.ts';
import { somePeerId } from '../../../fixtures/views.ts';
import { atAHost } from '../../../fixtures/at-a-host.ts';

const view = (name: TransportView['name'], state: TransportState, patch: Partial<TransportView> = {}) => ({
  name,
  state,
  since: Date.now() - 60_000,
  addresses: [],
  links: 0,
  busy: 0,
  error: null,
  ...patch,
});

const link = (transport: LinkView['transport']): LinkView => ({
  path: 'lan',
  transport,
  address: transport === 'websocket' ? 'ws://192.0.2.7:8000' : '/ip4/192.0.2.7/tcp/4001',
  direction: 'outbound',
  since: 0,
  rttMs: null,
  relay: null,
});

const ada = (patch: Partial<PeerView> = {}): PeerView => aPeer({ alias: 'Ada', trust: 'known', ...patch });

function tell(fake: FakeHost, transports: TransportView[]): void {
  fake.change({ of: 'host', value: { ...fake.state.host, transports } });
}

it('shows both transports, and who depends on WebSocket', async () => {
  await using at = await atAHost();
  at.fake.state = {
    ...at.fake.state,
    settings: { ...at.fake.state.settings, transport: 'both' },
    host: {
      ...at.fake.state.host,
      overrides: { transport: 'TRANSPORT_TYPE' },
      transports: [
        view('libp2p', 'running', { links: 2, addresses: ['/ip4/192.0.2.1/tcp/4001'] }),
        view('websocket', 'failed', { error: 'The port is \u202etaken.' }),
      ],
    },
    peers: {
      [somePeerId]: ada({
        transports: [
          { name: 'libp2p', linked: false, lastLinkedAt: null, lastError: null, hasAddress: false },
          { name: 'websocket', linked: true, lastLinkedAt: 1, lastError: null, hasAddress: true },
        ],
      }),
    },
  };
  const { out, code } = await at.run(['transport']);
  expect(code).toBe(0);
  expect(out).toContain('Chosen: both (by TRANSPORT_TYPE)');
  expect(out).toMatch(/libp2p +running +1 m\w* +2 +-\n/);
  expect(out).toContain('libp2p listens at /ip4/192.0.2.1/tcp/4001\n');
  expect(out).toContain('The port is ⟨U+202E⟩taken.');
  expect(out).toMatch(/Ada +- +linked +depends/);
  expect(out).toContain('One thing would stop working without WebSocket.');
  expect(out).toContain('- Ada: Only a WebSocket address of it is known.');
  expect(JSON.parse((await at.run(['transport', 'show', '--json'])).out)).toMatchObject({
    transport: 'both',
    decidedBy: 'TRANSPORT_TYPE',
    transports: [{ name: 'libp2p' }, { name: 'websocket', state: 'failed' }],
    migration: { verdict: 'breaks', contacts: [{ peerId: somePeerId, dependence: 'only-websocket' }] },
  });
  const status = await at.run(['status']);
  expect(status.out).toMatch(/Transports +libp2p running, 2 links\n +WebSocket failed: The port/);
});

it('waits until what was chosen runs, and says what still has to end', async () => {
  await using at = await atAHost();
  tell(at.fake, [view('libp2p', 'running'), view('websocket', 'off')]);
  const drained = Promise.withResolvers<void>();
  const run = at.run(['transport', 'set', 'WebSocket'], {
    onErr: () => {
      drained.resolve();
    },
  });
  tell(at.fake, [view('libp2p', 'running'), view('websocket', 'starting')]);
  tell(at.fake, [view('libp2p', 'draining', { busy: 2 }), view('websocket', 'running')]);
  await drained.promise;
  tell(at.fake, [view('libp2p', 'draining', { busy: 1 }), view('websocket', 'running')]);
  tell(at.fake, [view('libp2p', 'off'), view('websocket', 'running')]);
  const { code, out, err } = await run;
  expect(err).toBe(
    'libp2p takes nothing new, and ends once the calls of 2 agents under way over it have ended, or after 10 minutes.\n',
  );
  expect({ code, out }).toEqual({
    code: 0,
    out: 'From now on calls go over WebSocket only. Links, contacts and rules are as they were.\n',
  });
  expect(at.fake.asked).toContainEqual({ what: 'settings.set', input: { transport: 'websocket' } });
});

it('says why a transport could not be started', async () => {
  await using at = await atAHost();
  tell(at.fake, [view('libp2p', 'running'), view('websocket', 'failed', { error: 'The port is taken.' })]);
  expect(await at.run(['transport', 'set', 'both'])).toMatchObject({
    code: 7,
    err: 'WebSocket could not be started: The port is taken.\n',
  });
});

it('passes on that the environment decides', async () => {
  await using at = await atAHost();
  at.fake.failures.set('settings.set', { code: 'CONFLICT', message: 'TRANSPORT_TYPE decides this.' });
  expect(await at.run(['transport', 'set', 'both'])).toMatchObject({
    code: 1,
    err: 'TRANSPORT_TYPE decides this.\n',
  });
});

it('sets one peer by itself, and waits until it is off what it may not use', async () => {
  await using at = await atAHost();
  at.fake.state = {
    ...at.fake.state,
    settings: { ...at.fake.state.settings, transport: 'both' },
    peers: { [somePeerId]: ada({ links: [link('websocket'), link('tcp')] }) },
  };
  const run = at.run(['transport', 'set', 'libp2p', '--peer', 'Ada', '--json']);
  at.fake.change({ of: 'peers', id: somePeerId, value: ada({ links: [link('tcp')] }) });
  const { code, out } = await run;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ id: somePeerId, links: [{ transport: 'tcp' }] });
  expect(at.fake.asked).toContainEqual({
    what: 'peers.setTransport',
    input: { peerId: somePeerId, transport: 'libp2p' },
  });
  expect((await at.run(['transport', 'set', '--peer', 'Ada', '--default'])).out).toBe(
    'Ada: from now on as for all others.\n',
  );
  expect(at.fake.asked.at(-1)?.input).toEqual({ peerId: somePeerId, transport: null });
});

it('says that a peer cannot be reached where its transport does not run', async () => {
  await using at = await atAHost();
  at.fake.state = { ...at.fake.state, peers: { [somePeerId]: ada() } };
  const { err } = await at.run(['transport', 'set', 'websocket', '--peer', 'Ada']);
  expect(err).toBe(
    'For Ada calls go over WebSocket only, but only libp2p runs here, so it cannot be reached. "gatehouse transport set both" starts the other one.\n',
  );
});

it.each([
  [['transport', 'set'], /one of libp2p, websocket, both/],
  [['transport', 'set', 'quic'], /one of libp2p, websocket, both/],
  [['transport', 'set', '--default'], /goes with --peer/],
  [['transport', 'set', 'both', '--peer', 'Ada', '--default'], /not both/],
  [['peers', 'legacy', 'Ada', 'perhaps'], /allow or deny/],
])('refuses %j', async (args, sentence) => {
  await using at = await atAHost();
  at.fake.state = { ...at.fake.state, peers: { [somePeerId]: ada() } };
  expect(await at.run(args)).toMatchObject({ code: 2, err: expect.stringMatching(sentence) });
  expect(at.fake.asked).toEqual([]);
});

it('allows a peer to answer without encryption, with a warning, and takes that back', async () => {
  await using at = await atAHost();
  at.fake.state = { ...at.fake.state, peers: { [somePeerId]: ada() } };
  const { out, err } = await at.run(['peers', 'legacy', 'Ada', 'allow']);
  expect(out).toBe('Ada may be called although its answers are not encrypted.\n');
  expect(err).toContain('can read its answers and change them');
  expect(await at.run(['peers', 'legacy', 'Ada', 'deny'])).toMatchObject({ err: '' });
  expect(at.fake.asked).toEqual([
    { what: 'peers.allowLegacy', input: { peerId: somePeerId, allowed: true } },
    { what: 'peers.allowLegacy', input: { peerId: somePeerId, allowed: false } },
  ]);
});

it('dials a ws:// address as it is', async () => {
  await using at = await atAHost();
  await at.run(['dial', 'ws://192.0.2.7:8000']);
  expect(at.fake.asked).toEqual([{ what: 'peers.dial', input: { address: 'ws://192.0.2.7:8000' } }]);
});

it('sets the certificate of the WebSocket transport, and takes it away', async () => {
  await using at = await atAHost();
  await at.run(['settings', 'set', 'webSocketTls', '/etc/cert.pem, /etc/key.pem']);
  await at.run(['settings', 'set', 'webSocketTls', '']);
  await at.run(['settings', 'set', 'webSocketPeers', 'ws://192.0.2.7:8000 wss://dawn.example.org']);
  expect(at.fake.asked.map(({ input }) => input)).toEqual([
    { webSocketTls: { certificate: '/etc/cert.pem', key: '/etc/key.pem' } },
    { webSocketTls: null },
    { webSocketPeers: ['ws://192.0.2.7:8000', 'wss://dawn.example.org'] },
  ]);
  expect(await at.run(['settings', 'set', 'webSocketTls', '/etc/cert.pem'])).toMatchObject({ code: 2 });
});
