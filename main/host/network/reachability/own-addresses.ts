import type { AddressManager } from '@libp2p/interface-internal';
import { multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../../shared/ids.ts';
import type { AddressEvidence } from '../../../../shared/reachability.ts';
import { canonicalIp, scopeOf } from '../ip-address.ts';
import type { Scope } from '../ip-address.ts';
import { formatIpMultiaddr, parseIpMultiaddr } from '../ip-multiaddr.ts';
import type { IpMultiaddr } from '../ip-multiaddr.ts';
import type { OpenPort } from './router-ports.ts';

const MAX_ADDRESSES = 128;
/** Tested every hour; what nobody confirms any more is left to libp2p's own doubts. */
const CONFIRMED_MS = 90 * 60 * 1000;

export interface OwnAddressSources {
  /** Where we listen, as multiaddrs without a peer id; each interface by itself. */
  readonly listening: () => readonly string[];
  readonly openPorts: () => readonly OpenPort[];
  /** As others see us. */
  readonly externalIps: () => readonly string[];
  /** Relayed addresses, without our peer id. */
  readonly relayed: () => readonly string[];
  readonly announced: readonly string[];
  /** libp2p judges as well, and its verdicts count. */
  readonly autoNat: boolean;
}

type AddressBook = Pick<
  AddressManager,
  | 'addPublicAddressMapping'
  | 'removePublicAddressMapping'
  | 'confirmObservedAddr'
  | 'removeObservedAddr'
  | 'getAddressesWithMetadata'
>;

type Mark = Pick<AddressEvidence, 'verified' | 'failed'>;

/** What a router forwards to us, or may forward. */
interface Forwarded {
  readonly outside: IpMultiaddr;
  readonly inside: Pick<IpMultiaddr, 'ip' | 'port'>;
}

/**
 * Every address at which others may reach us, with what is known of it. One that works is told to libp2p, which
 * announces it and, with it, serves the wide distributed table; one that does not any more is taken back.
 */
export class OwnAddresses {
  readonly #sources: OwnAddressSources;
  readonly #book: () => AddressBook | null;
  readonly #marks = new Map<string, Mark>();

  constructor(sources: OwnAddressSources, book: () => AddressBook | null) {
    this.#sources = sources;
    this.#book = book;
  }

  evidence(): AddressEvidence[] {
    const elsewhere = this.#provenElsewhere();
    return [...this.#all()].map(([address, { source, scope }]) => {
      const mark = this.#marks.get(address) ?? { verified: null, failed: null };
      const at = scope === 'public' && source !== 'relay' ? elsewhere.get(address) : undefined;
      const verified = mark.verified ?? (at === undefined ? null : { at, by: null });
      return { address, source, scope, verified, failed: mark.failed };
    });
  }

  /** What somebody elsewhere can test: by IP address, public, not relayed. Those that are not known to work first. */
  testable(): string[] {
    const found = this.evidence().filter(
      ({ address, scope, source }) =>
        scope === 'public' && source !== 'relay' && parseIpMultiaddr(address) !== null,
    );
    return found
      .toSorted((a, b) => (a.verified?.at ?? 0) - (b.verified?.at ?? 0))
      .map(({ address }) => address);
  }

  /** Somebody got through. Other addresses than ours are passed over. */
  works(address: string, by: PeerId | null): void {
    const known = this.#all().get(address);
    if (known === undefined) return;
    this.#mark(address, { verified: { at: Date.now(), by }, failed: null });
    if (known.scope === 'public') this.#announce(address);
  }

  /** Somebody tried in vain. @param why a sentence */
  fails(address: string, by: PeerId | null, why: string): void {
    if (!this.#all().has(address)) return;
    const verified = this.#marks.get(address)?.verified ?? null;
    this.#mark(address, { verified, failed: { at: Date.now(), by, why } });
    this.#book()?.removeObservedAddr(multiaddr(address));
  }

  /** A peer elsewhere connected: where that leaves one address only that it can have used, that one works. */
  reachedBy(transport: IpMultiaddr['transport'], family: 4 | 6, by: PeerId): void {
    const fitting = this.testable().filter((address) => {
      const parsed = parseIpMultiaddr(address);
      return parsed?.transport === transport && parsed.family === family;
    });
    const [address] = fitting;
    if (fitting.length === 1 && address !== undefined) this.works(address, by);
  }

  /** Takes back what is not ours any more: after a change of the network, the router or its address. */
  tidy(): void {
    const all = this.#all();
    const book = this.#book();
    for (const address of [...this.#marks.keys()].filter((known) => !all.has(known))) {
      this.#marks.delete(address);
      const parsed = parseIpMultiaddr(address);
      if (parsed === null || book === null) continue;
      book.removeObservedAddr(multiaddr(address));
      // libp2p finds the mapping by its outer side only.
      book.removePublicAddressMapping('', 0, parsed.ip, parsed.port, parsed.protocol);
    }
  }

  /** What was found on another network says nothing of this one. */
  forget(): void {
    const book = this.#book();
    for (const [address, { verified }] of this.#marks) {
      if (verified !== null) book?.removeObservedAddr(multiaddr(address));
    }
    this.#marks.clear();
  }

  #all(): Map<string, Pick<AddressEvidence, 'source' | 'scope'>> {
    const { listening, relayed, announced } = this.#sources;
    const all = new Map<string, Pick<AddressEvidence, 'source' | 'scope'>>();
    const add = (address: string, source: AddressEvidence['source'], scope: Scope): void => {
      if (all.size < MAX_ADDRESSES && !all.has(address)) all.set(address, { source, scope });
    };
    for (const address of listening()) add(address, 'interface', scopeOfAddress(address));
    for (const { outside } of this.#mapped()) add(formatIpMultiaddr(outside), 'router', scopeOf(outside.ip));
    for (const address of announced) add(address, 'announced', scopeOfAddress(address));
    for (const { outside } of this.#observed())
      add(formatIpMultiaddr(outside), 'observed', scopeOf(outside.ip));
    for (const address of relayed()) add(address, 'relay', scopeOfAddress(address));
    return all;
  }

  #listeners(): IpMultiaddr[] {
    return this.#sources
      .listening()
      .map(parseIpMultiaddr)
      .filter((parsed) => parsed !== null);
  }

  /** What a router says that it forwards. */
  #mapped(): Forwarded[] {
    const listeners = this.#listeners();
    return this.#sources
      .openPorts()
      .flatMap(({ internalHost, internalPort, externalIp, externalPort, protocol }) => {
        const listener = listeners.find(
          (one) => one.ip === internalHost && one.port === internalPort && one.protocol === protocol,
        );
        if (listener === undefined || externalIp === null) return [];
        const outside: IpMultiaddr = { ...listener, ip: externalIp, port: externalPort };
        return [{ outside, inside: listener }];
      });
  }

  /** What a router would forward if somebody told it to by hand: the same ports, at the address that others see. */
  #observed(): Forwarded[] {
    const listeners = this.#listeners().filter(({ ip }) => scopeOf(ip) !== 'machine');
    const own = new Set(listeners.map(({ ip }) => ip));
    return this.#sources
      .externalIps()
      .filter((ip) => !ip.includes(':') && !own.has(ip))
      .flatMap((ip) =>
        listeners
          .filter(({ family, ip: inside }) => family === 4 && scopeOf(inside) === 'lan')
          .map((inside) => ({ outside: { ...inside, ip }, inside })),
      );
  }

  #mark(address: string, mark: Mark): void {
    this.#marks.delete(address);
    this.#marks.set(address, mark);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > MAX_ADDRESSES && oldest !== undefined) this.#marks.delete(oldest);
  }

  #announce(address: string): void {
    const book = this.#book();
    const parsed = parseIpMultiaddr(address);
    if (book === null || parsed === null) return;
    const forwarded = [...this.#mapped(), ...this.#observed()].find(
      ({ outside }) => formatIpMultiaddr(outside) === address,
    );
    const before = book.getAddressesWithMetadata();
    if (forwarded !== undefined && !before.some((one) => one.multiaddr.toString() === address)) {
      const { inside } = forwarded;
      book.addPublicAddressMapping(inside.ip, inside.port, parsed.ip, parsed.port, parsed.protocol);
    }
    book.confirmObservedAddr(multiaddr(address), { ttl: CONFIRMED_MS });
    // libp2p believes all ports of an IP address where one of them is confirmed; the others are yet to be tested.
    const proven = new Set(before.filter(({ verified }) => verified).map((one) => one.multiaddr.toString()));
    for (const { multiaddr: other } of book.getAddressesWithMetadata()) {
      const text = other.toString();
      if (text === address || parseIpMultiaddr(text)?.ip !== parsed.ip) continue;
      if (!proven.has(text) && !this.#marks.get(text)?.verified) book.removeObservedAddr(other);
    }
  }

  /** What libp2p's own AutoNAT has found to work. */
  #provenElsewhere(): Map<string, number> {
    const proven = new Map<string, number>();
    if (!this.#sources.autoNat) return proven;
    for (const {
      multiaddr: address,
      verified,
      lastVerified,
      type,
    } of this.#book()?.getAddressesWithMetadata() ?? []) {
      if (verified && lastVerified !== undefined && type !== 'announce')
        proven.set(address.toString(), lastVerified);
    }
    return proven;
  }
}

/** Of a relayed address, that of its relay. A name is taken for public: who announces one means it so. */
function scopeOfAddress(address: string): Scope {
  const [, kind, host = ''] = address.split('/');
  return kind === 'ip4' || kind === 'ip6' ? scopeOf(canonicalIp(host)) : 'public';
}
