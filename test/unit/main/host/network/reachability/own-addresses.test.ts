import { multiaddr } from '@multiformats/multiaddr';
import type { NodeAddress } from '@libp2p/interface-internal';
import { beforeEach, describe, expect, test } from 'vitest';
import { ExternalIps } from '../../../../../../main/host/network/reachability/external-ips.ts';
import { OwnAddresses } from '../../../../../../main/host/network/reachability/own-addresses.ts';
import type { OpenPort } from '../../../../../../main/host/network/reachability/router-ports.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const BEN = PeerId.parse('12D3KooWSrwLB9Y9EboqpWRaRxeDQLVczzmQUfCjV7q8FhCtyVha');
const CAM = PeerId.parse('12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5');

/** What libp2p is told. */
class Book {
  readonly told: string[] = [];
  known: NodeAddress[] = [];
  addPublicAddressMapping(...mapping: unknown[]): void {
    this.told.push(`maps ${mapping.join(' ')}`);
  }
  removePublicAddressMapping(...mapping: unknown[]): void {
    this.told.push(`unmaps ${mapping.slice(2).join(' ')}`);
  }
  confirmObservedAddr(address: unknown): void {
    this.told.push(`confirms ${String(address)}`);
  }
  removeObservedAddr(address: unknown): void {
    this.told.push(`doubts ${String(address)}`);
  }
  getAddressesWithMetadata(): NodeAddress[] {
    return this.known;
  }
}

let listening: string[];
let openPorts: OpenPort[];
let externalIps: string[];
let relayed: string[];
let book: Book;
let own: OwnAddresses;
beforeEach(() => {
  listening = [
    '/ip4/127.0.0.1/tcp/4001',
    '/ip4/192.168.1.5/tcp/4001',
    '/ip4/127.0.0.1/udp/4001/quic-v1',
    '/ip4/192.168.1.5/udp/4001/quic-v1',
    '/ip6/2001:4:112::5/tcp/4001',
  ];
  openPorts = [];
  externalIps = [];
  relayed = [];
  book = new Book();
  own = new OwnAddresses(
    {
      listening: () => listening,
      openPorts: () => openPorts,
      externalIps: () => externalIps,
      relayed: () => relayed,
      announced: ['/dns4/ada.example.org/tcp/4001'],
      autoNat: true,
    },
    () => book,
  );
});

const of = (source: string): string[] =>
  own
    .evidence()
    .filter((address) => address.source === source)
    .map(({ address, scope }) => `${scope} ${address}`);

const open = (change: Partial<OpenPort> = {}): OpenPort => ({
  internalHost: '192.168.1.5',
  internalPort: 4001,
  externalIp: '11.0.0.2',
  externalPort: 4100,
  protocol: 'tcp',
  ...change,
});

describe('our own addresses', () => {
  test('are gathered from where we listen, routers, what others see, relays and the settings', () => {
    openPorts = [open(), open({ internalPort: 9999 }), open({ externalIp: null, protocol: 'udp' })];
    externalIps = ['11.0.0.2'];
    relayed = ['/ip4/11.0.0.9/tcp/4001/p2p/x/p2p-circuit', '/ip4/10.0.0.9/tcp/4001/p2p/x/p2p-circuit'];
    expect(of('interface')).toEqual([
      'machine /ip4/127.0.0.1/tcp/4001',
      'lan /ip4/192.168.1.5/tcp/4001',
      'machine /ip4/127.0.0.1/udp/4001/quic-v1',
      'lan /ip4/192.168.1.5/udp/4001/quic-v1',
      'public /ip6/2001:4:112::5/tcp/4001',
    ]);
    expect(of('router')).toEqual(['public /ip4/11.0.0.2/tcp/4100']);
    expect(of('observed')).toEqual([
      'public /ip4/11.0.0.2/tcp/4001',
      'public /ip4/11.0.0.2/udp/4001/quic-v1',
    ]);
    expect(of('relay')).toEqual([
      'public /ip4/11.0.0.9/tcp/4001/p2p/x/p2p-circuit',
      'lan /ip4/10.0.0.9/tcp/4001/p2p/x/p2p-circuit',
    ]);
    expect(of('announced')).toEqual(['public /dns4/ada.example.org/tcp/4001']);
    expect(own.testable().toSorted()).toEqual([
      '/ip4/11.0.0.2/tcp/4001',
      '/ip4/11.0.0.2/tcp/4100',
      '/ip4/11.0.0.2/udp/4001/quic-v1',
      '/ip6/2001:4:112::5/tcp/4001',
    ]);
  });

  test('a router behind another one gives no public address', () => {
    openPorts = [open({ externalIp: '100.64.3.7' })];
    expect(of('router')).toEqual(['lan /ip4/100.64.3.7/tcp/4100']);
  });

  test('one that works is said to be so and told to libp2p; that of a rule made by hand is mapped first', () => {
    externalIps = ['11.0.0.2'];
    own.works('/ip4/11.0.0.2/tcp/4001', BEN);
    const [found] = own.evidence().filter(({ verified }) => verified !== null);
    expect(found).toMatchObject({ address: '/ip4/11.0.0.2/tcp/4001', verified: { by: BEN }, failed: null });
    expect(book.told).toEqual(['maps 192.168.1.5 4001 11.0.0.2 4001 tcp', 'confirms /ip4/11.0.0.2/tcp/4001']);
  });

  test('where libp2p believes a whole IP address, the ports that nobody tried are doubted again', () => {
    openPorts = [open({ externalPort: 4001 }), open({ externalPort: 4001, protocol: 'udp' })];
    const known = (text: string): NodeAddress => ({
      multiaddr: multiaddr(text),
      verified: false,
      expires: 0,
      type: 'ip-mapping',
    });
    book.known = [known('/ip4/11.0.0.2/tcp/4001'), known('/ip4/11.0.0.2/udp/4001/quic-v1')];
    own.works('/ip4/11.0.0.2/tcp/4001', BEN);
    expect(book.told).toEqual(['confirms /ip4/11.0.0.2/tcp/4001', 'doubts /ip4/11.0.0.2/udp/4001/quic-v1']);
  });

  test('one that does not work any more is taken back, and keeps when it last did', () => {
    own.works('/ip6/2001:4:112::5/tcp/4001', BEN);
    own.fails('/ip6/2001:4:112::5/tcp/4001', CAM, 'Nobody answered.');
    const [found] = own.evidence().filter(({ failed }) => failed !== null);
    expect(found).toMatchObject({ verified: { by: BEN }, failed: { by: CAM, why: 'Nobody answered.' } });
    expect(book.told.at(-1)).toBe('doubts /ip6/2001:4:112::5/tcp/4001');
    own.works('/ip6/2001:4:112::5/tcp/4001', CAM);
    expect(own.evidence().filter(({ failed }) => failed !== null)).toEqual([]);
  });

  test('what is not ours is not believed to be', () => {
    own.works('/ip4/11.6.6.6/tcp/4001', BEN);
    expect(own.evidence().filter(({ verified }) => verified !== null)).toEqual([]);
    expect(book.told).toEqual([]);
  });

  test('one that is gone is forgotten, here and by libp2p', () => {
    openPorts = [open()];
    own.works('/ip4/11.0.0.2/tcp/4100', BEN);
    openPorts = [open({ externalIp: '11.0.0.3' })];
    own.tidy();
    expect(book.told.slice(-2)).toEqual(['doubts /ip4/11.0.0.2/tcp/4100', 'unmaps 11.0.0.2 4100 tcp']);
    openPorts = [open()];
    expect(own.evidence().filter(({ verified }) => verified !== null)).toEqual([]);
  });

  test('what libp2p found counts as verified by nobody in particular', () => {
    const address = '/ip6/2001:4:112::5/tcp/4001';
    book.known = [
      { multiaddr: multiaddr(address), verified: true, lastVerified: 5, expires: 9, type: 'transport' },
      {
        multiaddr: multiaddr('/ip4/192.168.1.5/tcp/4001'),
        verified: true,
        lastVerified: 5,
        expires: 9,
        type: 'transport',
      },
    ];
    const verified = own.evidence().filter((one) => one.verified !== null);
    expect(verified).toMatchObject([{ address, verified: { at: 5, by: null } }]);
  });

  test('a connection from elsewhere proves an address where it can have used no other', () => {
    externalIps = ['11.0.0.2'];
    own.reachedBy('quic', 4, BEN);
    own.reachedBy('ws', 4, BEN);
    const proven = (): string[] =>
      own.evidence().flatMap(({ address, verified }) => (verified === null ? [] : [address]));
    expect(proven()).toEqual(['/ip4/11.0.0.2/udp/4001/quic-v1']);
    openPorts = [open()];
    own.reachedBy('tcp', 4, BEN);
    expect(proven()).toEqual(['/ip4/11.0.0.2/udp/4001/quic-v1']);
  });

  test('there are never more than 128', () => {
    listening = Array.from({ length: 300 }, (_, index) => `/ip4/10.0.${index >> 8}.${index & 255}/tcp/4001`);
    expect(own.evidence()).toHaveLength(128);
  });
});

describe('our addresses as others see them', () => {
  test('those of STUN servers come first, then the newest', () => {
    const ips = new ExternalIps();
    expect(ips.observed('11.0.0.4', CAM)).toBe(true);
    expect(ips.observed('11.0.0.2', BEN)).toBe(true);
    expect(ips.asked(['11.0.0.3'])).toBe(true);
    expect(ips.all()).toEqual(['11.0.0.3', '11.0.0.2', '11.0.0.4']);
  });

  test('a private one is of no use', () => {
    const ips = new ExternalIps();
    ips.asked(['192.168.1.5', '100.64.0.1', 'nonsense']);
    ips.observed('10.0.0.1', BEN);
    expect(ips.all()).toEqual([]);
  });
});
