import { describe, expect, test } from 'vitest';
import { PeerId } from '../../../../../shared/ids.ts';
import type {
  AddressEvidence,
  NatMapping,
  ReachEvidence,
  RelayUse,
  RouterView,
} from '../../../../../shared/reachability.ts';
import { judge, works } from '../../../../../main/host/reachability/verdict.ts';
import { wordsFor } from '../../../../../main/host/reachability/words.ts';

const RELAY = PeerId.parse('12D3KooWSrwLB9Y9EboqpWRaRxeDQLVczzmQUfCjV7q8FhCtyVha');

const nothing: ReachEvidence = {
  online: true,
  addresses: [],
  routers: [],
  mapping: 'unknown',
  externalIps: [],
  relays: [],
};

function address(
  text: string,
  source: AddressEvidence['source'],
  state: 'works' | 'fails' | 'untested',
): AddressEvidence {
  return {
    address: text,
    source,
    scope: 'public',
    verified: state === 'untested' ? null : { at: 1, by: RELAY },
    failed: state === 'fails' ? { at: 2, by: RELAY, why: 'Nobody answered.' } : null,
  };
}

const lan = (port = 4001): AddressEvidence[] => [
  {
    address: `/ip4/192.168.1.5/tcp/${port}`,
    source: 'interface',
    scope: 'lan',
    verified: null,
    failed: null,
  },
  {
    address: `/ip4/192.168.1.5/udp/${port}/quic-v1`,
    source: 'interface',
    scope: 'lan',
    verified: null,
    failed: null,
  },
];

const relay = (state: RelayUse['state'], why: string | null = null): RelayUse => ({
  peerId: RELAY,
  state,
  since: 1,
  expiresAt: null,
  why,
});

const router = (change: Partial<RouterView> = {}): RouterView => ({
  location: 'http://192.168.1.1:5000/',
  externalIp: '11.0.0.2',
  doubleNat: false,
  mappings: [{ protocol: 'tcp', internalPort: 4001, externalPort: 4001, renewedAt: 1 }],
  problem: null,
  ...change,
});

interface Situation {
  readonly name: string;
  readonly evidence: Partial<ReachEvidence>;
  readonly verdict: string;
  /** Parts of what is said, and of what is to be done; null: nothing. */
  readonly says: string;
  readonly todo: readonly string[] | null;
}

const behind = (mapping: NatMapping): Partial<ReachEvidence> => ({
  addresses: lan(),
  mapping,
  relays: [relay('reserved')],
});

const situations: Situation[] = [
  {
    name: 'no network at all',
    evidence: { online: false, relays: [relay('reserved')] },
    verdict: 'offline',
    says: 'no network connection',
    todo: ['Connect this machine to a network.'],
  },
  {
    name: 'a public address of the machine answers',
    evidence: { addresses: [address('/ip4/11.0.0.7/tcp/4001', 'interface', 'works')] },
    verdict: 'open',
    says: 'directly from anywhere.',
    todo: null,
  },
  {
    name: 'a public address answers by IPv6 only',
    evidence: { addresses: [...lan(), address('/ip6/2001:4:112::7/tcp/4001', 'interface', 'works')] },
    verdict: 'open',
    says: 'by IPv6 (with IPv4 alone, only through a relay)',
    todo: null,
  },
  {
    name: 'a port of the router answers',
    evidence: {
      addresses: [...lan(), address('/ip4/11.0.0.2/tcp/4001', 'router', 'works')],
      routers: [router()],
    },
    verdict: 'mapped',
    says: 'the router forwards a port',
    todo: null,
  },
  {
    name: 'a port that was forwarded by hand answers',
    evidence: { addresses: [...lan(), address('/ip4/11.0.0.2/tcp/4001', 'observed', 'works')] },
    verdict: 'mapped',
    says: 'the router forwards a port',
    todo: null,
  },
  {
    name: 'an address that was announced by hand answers',
    evidence: { addresses: [address('/ip4/11.0.0.2/tcp/443', 'announced', 'works')] },
    verdict: 'mapped',
    says: 'the router forwards a port',
    todo: null,
  },
  {
    name: 'a port of the router answered, and does not any more',
    evidence: {
      addresses: [...lan(), address('/ip4/11.0.0.2/tcp/4001', 'router', 'fails')],
      routers: [router()],
    },
    verdict: 'lan-only',
    says: 'Only machines on the same network',
    todo: ['Add a relay or bootstrap peer', 'opened TCP and UDP port 4001, but nobody gets through'],
  },
  {
    name: 'a port of the router that nobody has tried',
    evidence: {
      addresses: [...lan(), address('/ip4/11.0.0.2/tcp/4001', 'router', 'untested')],
      routers: [router()],
    },
    verdict: 'lan-only',
    says: 'Only machines on the same network',
    todo: ['link a peer elsewhere that can confirm it'],
  },
  {
    name: 'a relay, one UDP port for all',
    evidence: behind('same'),
    verdict: 'punchable',
    says: 'at a relay',
    todo: null,
  },
  {
    name: 'a relay, no translation',
    evidence: behind('none'),
    verdict: 'punchable',
    says: 'at a relay',
    todo: null,
  },
  {
    name: 'a relay, another UDP port for each',
    evidence: behind('varies'),
    verdict: 'relay-only',
    says: 'only through a relay',
    todo: [
      'uses a new port for each connection',
      'Switch on UPnP in your router, or forward TCP and UDP port 4001',
    ],
  },
  {
    name: 'a relay, no UDP',
    evidence: behind('blocked'),
    verdict: 'relay-only',
    says: 'only through a relay',
    todo: ['lets no UDP out'],
  },
  {
    name: 'a relay, no STUN server',
    evidence: behind('unknown'),
    verdict: 'relay-only',
    says: 'only through a relay',
    todo: ['No STUN server'],
  },
  {
    name: 'two routers that can be punched through',
    evidence: {
      ...behind('same'),
      routers: [router({ externalIp: '10.0.0.3', doubleNat: true, mappings: [] })],
    },
    verdict: 'punchable',
    says: 'at a relay',
    todo: ['behind another one (its address outside is 10.0.0.3)'],
  },
  {
    name: 'two routers, the inner one without a word of its address',
    evidence: { ...behind('same'), routers: [router({ externalIp: null, doubleNat: true, mappings: [] })] },
    verdict: 'punchable',
    says: 'at a relay',
    todo: ['has no public address of its own: it is behind another one'],
  },
  {
    name: 'two routers, the outer one private',
    evidence: {
      ...behind('varies'),
      routers: [router({ externalIp: '192.168.0.12', doubleNat: true, mappings: [] })],
    },
    verdict: 'relay-only',
    says: 'only through a relay',
    todo: [
      'behind another one (its address outside is 192.168.0.12)',
      'in both, or make one of them a bridge',
    ],
  },
  {
    name: 'two routers, the outer one of the provider',
    evidence: {
      addresses: lan(),
      routers: [router({ externalIp: '100.64.3.7', doubleNat: true, mappings: [] })],
    },
    verdict: 'lan-only',
    says: 'Only machines on the same network',
    todo: ['(its address outside is 100.64.3.7)', 'ask your provider for a public address, or for IPv6.'],
  },
  {
    name: 'a router that refuses',
    evidence: {
      ...behind('varies'),
      routers: [router({ mappings: [], problem: 'The router does not allow this machine to open ports.' })],
    },
    verdict: 'relay-only',
    says: 'only through a relay',
    todo: [
      '(The router does not allow this machine to open ports)',
      'Forward TCP and UDP port 4001 to this machine in it.',
    ],
  },
  {
    name: 'a public address behind a firewall, no relay',
    evidence: { addresses: [address('/ip4/11.0.0.7/tcp/4005', 'interface', 'fails')], mapping: 'none' },
    verdict: 'lan-only',
    says: 'Only machines on the same network',
    todo: ['A firewall keeps others out. Allow TCP port 4005 in it.'],
  },
  {
    name: 'relays that refuse',
    evidence: { addresses: lan(), relays: [relay('failed', 'It has no room.')] },
    verdict: 'lan-only',
    says: 'Only machines on the same network',
    todo: ['No relay takes this machine in (It has no room). Add another one in Settings.'],
  },
  {
    name: 'a relay that is being asked',
    evidence: { addresses: lan(), relays: [relay('trying')] },
    verdict: 'lan-only',
    says: 'Only machines on the same network',
    todo: ['Wait a moment'],
  },
  {
    name: 'a host that listens for itself only',
    evidence: {
      addresses: [
        {
          address: '/ip4/127.0.0.1/tcp/4001',
          source: 'interface',
          scope: 'machine',
          verified: null,
          failed: null,
        },
      ],
    },
    verdict: 'lan-only',
    says: 'Only programs on this machine',
    todo: ['Let it listen on other addresses in Settings.'],
  },
];

describe('what the evidence means', () => {
  test.for(situations)('$name: $verdict', ({ evidence, verdict, says, todo }) => {
    const whole = { ...nothing, ...evidence };
    const judgement = judge(whole);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.why).toMatch(/\.$/);
    const { consequence, action } = wordsFor(judgement.verdict, whole);
    expect(consequence).toContain(says);
    expect(consequence).toMatch(/\.$/);
    if (todo === null) expect(action).toBeNull();
    else for (const part of todo) expect(action).toContain(part);
  });

  test('an address on this network only is no proof of anything outside', () => {
    const inside = { ...address('/ip4/192.168.1.5/tcp/4001', 'interface', 'works'), scope: 'lan' as const };
    expect(works(inside)).toBe(false);
    expect(judge({ ...nothing, addresses: [inside] }).verdict).toBe('lan-only');
  });

  test('an address of a relay that works is still a relay', () => {
    const through = address('/ip4/11.0.0.9/tcp/4001/p2p/x/p2p-circuit', 'relay', 'works');
    expect(judge({ ...nothing, addresses: [through], ...behind('varies') }).verdict).toBe('relay-only');
  });
});
