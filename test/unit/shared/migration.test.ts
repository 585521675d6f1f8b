import { describe, expect, it } from 'vitest';
import { publicKeyOf } from '../../../main/host/identity/index.ts';
import { migrationOf } from '../../../shared/migration.ts';
import type { PeerView } from '../../../shared/peers.ts';
import type { PeerTransport, TransportView } from '../../../shared/transports.ts';
import { aPeer } from '../../fixtures/fake-host.ts';

const NOW = 1_700_000_000_000;
const DAY = 24 * 60 * 60 * 1000;

const running: TransportView[] = (['libp2p', 'websocket'] as const).map((name) => ({
  name,
  state: 'running',
  since: 0,
  addresses: [],
  links: 0,
  busy: 0,
  error: null,
}));
const both = { transport: 'both', webSocketPeers: [] as string[] } as const;

const reached = (
  libp2p: Partial<PeerTransport>,
  websocket: Partial<PeerTransport>,
  patch: Partial<PeerView> = {},
): PeerView => {
  const blank = { linked: false, lastLinkedAt: null, lastError: null, hasAddress: false };
  return aPeer({
    trust: 'known',
    transports: [
      { ...blank, name: 'libp2p', ...libp2p },
      { ...blank, name: 'websocket', ...websocket },
    ],
    ...patch,
  });
};
const linked = { linked: true, hasAddress: true, lastLinkedAt: NOW };
const known = { hasAddress: true };
const judge = (peer: PeerView) => migrationOf([peer], both, running, NOW);

describe('migrationOf', () => {
  it('is safe where libp2p reaches every contact', () => {
    const { contacts, breaks, verdict, sentence } = judge(reached(linked, known));
    expect(contacts).toMatchObject([{ standing: 'ready', dependence: null, libp2p: { state: 'linked' } }]);
    expect(breaks).toEqual([]);
    expect(verdict).toBe('safe');
    expect(sentence).toBe('WebSocket can be switched off: libp2p reaches every contact.');
  });

  it('is safe without any contact', () => {
    expect(migrationOf([], both, running, NOW).verdict).toBe('safe');
  });

  it.each<[string, PeerView]>([
    ['legacy', reached({}, linked, { legacy: 'allowed', speaksGatehouse: false })],
    ['legacy', reached(known, known, { legacy: 'offered' })],
    ['dawn', reached({}, linked, { speaksGatehouse: false })],
    ['override', reached(linked, known, { transportChoice: 'websocket' })],
    ['only-websocket', reached({}, linked, { speaksGatehouse: true })],
    ['only-websocket', reached({ lastError: 'No address is known.' }, linked, { speaksGatehouse: true })],
    ['libp2p-fails', reached({ ...known, lastError: 'Nobody answers.' }, linked)],
    [
      'libp2p-fails',
      reached({ ...known, lastError: 'Nobody answers.', lastLinkedAt: NOW - 40 * DAY }, known),
    ],
  ])('says that a contact depends on WebSocket: %s', (dependence, peer) => {
    const { contacts, breaks, verdict } = judge(peer);
    expect(contacts).toMatchObject([{ standing: 'depends', dependence }]);
    expect(breaks).toEqual([{ peerId: peer.peerId, sentence: contacts[0]?.sentence }]);
    expect(verdict).toBe('breaks');
  });

  it('says why libp2p fails', () => {
    const { contacts } = judge(
      reached({ ...known, lastError: 'Old.' }, linked, {
        fallback: { since: NOW, afterMs: 3000, reason: 'It did not answer within 3 s.', nextTryAt: null },
      }),
    );
    expect(contacts[0]?.sentence).toBe('It cannot be reached over libp2p: It did not answer within 3 s.');
  });

  it('does not take a contact that is not there for one that depends', () => {
    const gone = { lastError: 'Nobody answers.', hasAddress: true };
    const { contacts, verdict } = judge(
      reached({ ...gone, lastLinkedAt: NOW - DAY }, { ...gone, lastLinkedAt: NOW - 2 * DAY }),
    );
    expect(contacts).toMatchObject([{ standing: 'ready', libp2p: { state: 'failing' } }]);
    expect(verdict).toBe('safe');
  });

  it('is unsure of a contact that was never, or long ago, reached over libp2p', () => {
    expect(judge(reached(known, known))).toMatchObject({
      contacts: [{ standing: 'unproven' }],
      verdict: 'unsure',
      sentence: 'Nothing is known to break, but one contact has not been reached over libp2p yet.',
    });
    const longAgo = judge(reached({ ...known, lastLinkedAt: NOW - 31 * DAY }, known));
    expect(longAgo).toMatchObject({ contacts: [{ standing: 'unproven' }], verdict: 'unsure' });
  });

  it('is never sure while only WebSocket runs', () => {
    const only = migrationOf([reached(known, {})], { ...both, transport: 'websocket' }, running, NOW);
    expect(only).toMatchObject({ contacts: [{ standing: 'unaffected' }], verdict: 'unsure' });
    expect(only.sentence).toContain('Choose both');
  });

  it('counts callers that are no contacts, and came over WebSocket only', () => {
    const caller = reached({}, linked, { trust: 'unknown', speaksGatehouse: false });
    expect(judge(caller)).toMatchObject({
      contacts: [],
      others: [{ dependence: 'dawn', sentence: 'It calls as Dawn nodes do, over WebSocket only.' }],
      verdict: 'breaks',
    });
    expect(judge({ ...caller, trust: 'blocked' })).toMatchObject({ others: [], verdict: 'safe' });
    const oldCaller = reached({}, { lastLinkedAt: NOW - 31 * DAY }, { trust: 'unknown' });
    expect(judge(oldCaller)).toMatchObject({ others: [], verdict: 'safe' });
  });

  it('names kept addresses behind which nobody is known', () => {
    const peer = reached(linked, known, { addresses: ['ws://192.0.2.7:8000'] });
    const nodeId = Buffer.from(publicKeyOf(peer.peerId)).toString('hex');
    const settings = {
      ...both,
      webSocketPeers: [
        'ws://192.0.2.7:8000/',
        `ws://dawn.test:8000#${peer.peerId}`,
        // As `import-dawn` writes it.
        `ws://moved.test:8000#${nodeId}`,
        'ws://192.0.2.9:8000',
      ],
    };
    expect(migrationOf([peer], settings, running, NOW).breaks).toEqual([
      {
        peerId: null,
        sentence: 'ws://192.0.2.9:8000, which the settings name, would not be linked any more.',
      },
    ]);
  });

  it('says that libp2p does not run', () => {
    const broken = running.map((view) =>
      view.name === 'libp2p' ? { ...view, state: 'failed' as const, error: 'The port is taken.' } : view,
    );
    expect(migrationOf([], both, broken, NOW).breaks).toEqual([
      { peerId: null, sentence: 'libp2p does not run here: The port is taken.' },
    ]);
  });

  it('says who would need it once it is switched off', () => {
    const settings = { ...both, transport: 'libp2p' } as const;
    expect(migrationOf([reached({}, known)], settings, running, NOW)).toMatchObject({
      verdict: 'off',
      sentence: 'WebSocket is switched off. One thing would need it.',
    });
    expect(migrationOf([], settings, running, NOW).sentence).toBe(
      'WebSocket is switched off, and nobody needs it.',
    );
  });

  it('lists those that depend on it first', () => {
    const peers = [reached(linked, known), reached(known, known), reached({}, known), reached({}, {})];
    expect(migrationOf(peers, both, running, NOW).contacts.map(({ standing }) => standing)).toEqual([
      'depends',
      'unproven',
      'ready',
      'unaffected',
    ]);
  });
});
