import { isIPv4 } from 'node:net';
import type { Connection, IdentifyResult, Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { NatMapping, ReachEvidence, RelayUse } from '../../../../shared/reachability.ts';
import { DIAL_BACK_PROTOCOL, MAX_DIAL_BACK_ADDRESSES } from '../../../../shared/wire.ts';
import { autoNatService } from './auto-nat.ts';
import type { AutoNatService } from './auto-nat.ts';
import { DialBack } from './dial-back-protocol.ts';
import type { DialBackResult } from './dial-back-protocol.ts';
import { ExternalIps } from './external-ips.ts';
import { canonicalIp, scopeOf } from '../ip-address.ts';
import { parseIpMultiaddr } from '../ip-multiaddr.ts';
import { chooseJudges, weigh } from './judges.ts';
import type { Judge } from './judges.ts';
import { findNatMapping } from './nat-mapping.ts';
import type { NatFinding } from './nat-mapping.ts';
import type { NodeParts } from '../node/node.ts';
import { OwnAddresses } from './own-addresses.ts';
import { pathOf, transportOf } from '../links/path.ts';
import type { PeerTable } from '../links/peer-table.ts';
import type { PortMapper } from './port-mapping.ts';
import { ipOf } from '../remote-ip.ts';
import { sayFindings } from './reach-findings.ts';
import { TestConnections } from './test-connections.ts';

const STUN_EVERY_MS = 10 * 60 * 1000;
const EVIDENCE_EVERY_MS = 1000;
const MAX_ABLE = 512;

export interface OwnReachParts {
  readonly node: () => NodeParts | null;
  readonly peers: PeerTable;
  readonly routers: PortMapper | null;
  readonly announced: readonly string[];
  /** libp2p judges as well, and its verdicts count. */
  readonly autoNat: boolean;
  /** As `host:port`: those of the settings, and those of our relays. */
  readonly stunServers: () => readonly string[];
  readonly relays: () => readonly RelayUse[];
  /** All that are ours, as they are told to others, our peer id at the end. */
  readonly addresses: () => readonly string[];
  readonly online: () => boolean;
  /** Ends when everything is stopped: nothing is asked then, nor tested. */
  readonly running: () => AbortSignal;
  readonly isContact: (peerId: PeerId) => boolean;
  /** A contact, or of the bootstrap list. */
  readonly isKept: (peerId: PeerId) => boolean;
  readonly admits: (peerId: PeerId) => boolean;
  /** A connection that was held back is an ordinary link. */
  readonly adopt: (connection: Connection) => void;
  /** There is new evidence; at most once a second. */
  readonly onEvidence: () => void;
}

/** How others can reach us: gathers what is known of it, and has it tested. */
export class OwnReach {
  readonly #parts: OwnReachParts;
  readonly #externalIps = new ExternalIps();
  readonly #addresses: OwnAddresses;
  readonly #dialBack: DialBack;
  readonly #tests: TestConnections;
  /** Peers that connect back when they are asked. */
  readonly #able = new Set<PeerId>();
  readonly #ending = new AbortController();
  #nat: NatFinding | null = null;
  #asking: Promise<void> | null = null;
  #askAgain = false;
  #askedServers = '';
  #timer: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | null = null;
  #toldAt = 0;

  constructor(parts: OwnReachParts) {
    this.#parts = parts;
    this.#addresses = new OwnAddresses(
      {
        listening: () => this.#listening(),
        openPorts: () => parts.routers?.openPorts() ?? [],
        externalIps: () => this.#externalIps.all(),
        relayed: () =>
          parts
            .addresses()
            .map(withoutOwnId)
            .filter((address) => address.endsWith('/p2p-circuit')),
        announced: parts.announced,
        autoNat: parts.autoNat,
      },
      () => parts.node()?.addressManager ?? null,
    );
    this.#tests = new TestConnections(parts.adopt);
    this.#dialBack = new DialBack({
      transports: () => parts.node()?.transportManager ?? null,
      isContact: parts.isContact,
      admits: parts.admits,
      running: parts.running,
      self: () => this.#self(),
      tests: this.#tests,
    });
  }

  /** How the router maps UDP, as far as it is known. */
  get mapping(): NatMapping {
    return this.#nat?.mapping ?? 'unknown';
  }

  /** For libp2p. */
  autoNat(): AutoNatService {
    return autoNatService(this.#tests);
  }

  start(): void {
    this.#timer = setInterval(() => void this.askStun(), STUN_EVERY_MS).unref();
    this.changed();
  }

  stop(): void {
    this.#ending.abort(new Error('The network stops.'));
    clearInterval(this.#timer);
    if (this.#telling !== null) clearTimeout(this.#telling);
    this.#parts.routers?.stop();
    this.#dialBack.stop();
    this.#tests.stop();
  }

  evidence(): ReachEvidence {
    const externalIps = this.#externalIps.all();
    return {
      online: this.#parts.online(),
      addresses: this.#addresses.evidence(),
      routers: this.#parts.routers?.views(externalIps.some((ip) => isIPv4(ip))).slice(0, 8) ?? [],
      mapping: this.mapping,
      externalIps,
      relays: this.#parts.relays().slice(0, 16),
    };
  }

  /** Something that the evidence rests on may have changed. */
  changed(): void {
    if (this.#telling !== null || this.#ending.signal.aborted) return;
    const delay = Math.max(50, this.#toldAt + EVIDENCE_EVERY_MS - Date.now());
    this.#telling = setTimeout(() => {
      this.#telling = null;
      this.#toldAt = Date.now();
      // A relay was won or lost, or the settings name others.
      if (this.#parts.stunServers().join(' ') !== this.#askedServers) void this.askStun();
      this.#addresses.tidy();
      this.#parts.onEvidence();
    }, delay);
  }

  /** What was found does not hold any more: interfaces came or went, or the machine slept. */
  networkChanged(): void {
    this.#externalIps.forget();
    this.#addresses.forget();
    this.#nat = null;
    void this.#parts.routers?.check();
    void this.askStun();
    this.changed();
  }

  /** Whether a new connection is there for a test only, and no link. */
  claims(connection: Connection): boolean {
    return this.#tests.claims(connection);
  }

  /** Whether a connection was found to be that. */
  isTest(connection: Connection): boolean {
    return this.#tests.isTest(connection);
  }

  /** Whether other protocols may run over it, which makes a link of a new connection. */
  isLink(connection: Connection): boolean {
    return this.#tests.isLink(connection);
  }

  /** A new link: one that comes from elsewhere shows by itself that we can be reached. */
  linked(connection: Connection, peerId: PeerId): void {
    const from = ipOf(connection);
    if (connection.direction !== 'inbound' || from === null || !this.#isElsewhere(from)) return;
    const transport = transportOf(connection.remoteAddr);
    if (transport !== 'tcp' && transport !== 'ws' && transport !== 'quic') return;
    this.#addresses.reachedBy(transport, from.includes(':') ? 6 : 4, peerId);
    this.changed();
  }

  /** A peer has told of itself, and how it sees us. */
  identified(peerId: PeerId, { connection, observedAddr, protocols }: IdentifyResult): void {
    this.#able.delete(peerId);
    if (protocols.includes(DIAL_BACK_PROTOCOL)) this.#able.add(peerId);
    const [oldest] = this.#able;
    if (this.#able.size > MAX_ABLE && oldest !== undefined) this.#able.delete(oldest);
    const [first] = observedAddr?.getComponents() ?? [];
    const seen = first?.name === 'ip4' || first?.name === 'ip6' ? first.value : undefined;
    if (seen === undefined || pathOf(connection.remoteAddr) !== 'direct') return;
    if (!this.#parts.isKept(peerId) && !this.#isRelay(peerId)) return;
    if (this.#externalIps.observed(seen, peerId)) this.changed();
  }

  async answer(stream: Stream, connection: Connection): Promise<void> {
    await this.#dialBack.answer(stream, connection);
  }

  /** Asks STUN servers how we look; who comes while that runs has it done once more. It never fails. */
  askStun(): Promise<void> {
    if (this.#parts.running().aborted) return Promise.resolve();
    if (this.#asking !== null) {
      this.#askAgain = true;
      return this.#asking;
    }
    this.#asking = this.#askStun().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Tests all of it. @returns what came of it, in a sentence or two */
  async test(outer: AbortSignal): Promise<string> {
    const signal = AbortSignal.any([outer, this.#parts.running()]);
    if (signal.aborted) return 'Nothing was tested, as everything is stopped.';
    const routers = this.#parts.routers?.check() ?? Promise.resolve();
    await Promise.race([Promise.all([this.askStun(), routers]), aborted(signal)]);
    const addresses = this.#addresses.testable().slice(0, MAX_DIAL_BACK_ADDRESSES);
    const judges = addresses.length === 0 ? [] : this.#judges();
    const rounds = await Promise.all(judges.map((judge) => this.#ask(judge, addresses, signal)));
    const verdicts = rounds.filter((round) => round !== null);
    for (const address of addresses) this.#weigh(address, verdicts);
    this.changed();
    return sayFindings({
      addresses,
      judges: judges.map(({ peerId }) => peerId),
      answered: verdicts.map(({ judge }) => judge.peerId),
      working: addresses.filter((address) =>
        verdicts.some((round) => outcomeOf(round.results, address) === 'ok'),
      ),
      judged: addresses.filter((address) =>
        verdicts.some((round) => ['ok', 'failed'].includes(outcomeOf(round.results, address))),
      ),
      stun: this.#nat,
    });
  }

  async #askStun(): Promise<void> {
    const signal = AbortSignal.any([this.#ending.signal, this.#parts.running()]);
    do {
      this.#askAgain = false;
      const servers = this.#parts.stunServers();
      this.#askedServers = servers.join(' ');
      if (servers.length === 0 || !this.#parts.online()) {
        this.#nat = null;
        this.#externalIps.asked([]);
      } else {
        const found = await findNatMapping(servers, signal);
        if (signal.aborted) {
          // What was broken off tells nothing, and is asked anew later.
          this.#askedServers = '';
          return;
        }
        this.#nat = found;
        this.#externalIps.asked(this.#nat.externalIps);
      }
    } while (this.#askAgain && !signal.aborted);
    this.changed();
  }

  /** Null where the peer did not do it. */
  async #ask(
    judge: Judge,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<{ judge: Judge; results: DialBackResult[] } | null> {
    try {
      const results = await this.#dialBack.ask(judge.link.connection, addresses, signal);
      // Who is linked by way of others may sit next to us: then what he reached shows only the way within.
      if (judge.link.path === 'direct') return { judge, results };
      return {
        judge,
        results: results.map((result) =>
          result.outcome === 'ok' && !this.#isElsewhere(result.from)
            ? { ...result, outcome: 'no-route' }
            : result,
        ),
      };
    } catch {
      return null;
    }
  }

  #weigh(address: string, rounds: readonly { judge: Judge; results: DialBackResult[] }[]): void {
    const found = weigh(
      rounds.map(({ judge, results }) => ({ by: judge.peerId, outcome: outcomeOf(results, address) })),
      this.#parts.isKept,
    );
    if (found === null) return;
    if (found.works) this.#addresses.works(address, found.by);
    else this.#addresses.fails(address, found.by, 'A peer elsewhere tried to connect, and nobody answered.');
  }

  #judges(): Judge[] {
    return chooseJudges(
      this.#parts.peers.linked().filter(({ peerId }) => this.#able.has(peerId)),
      {
        isElsewhere: (ip) => this.#isElsewhere(ip),
        isRelay: (peerId) => this.#isRelay(peerId),
        isContact: this.#parts.isContact,
      },
    );
  }

  #isRelay(peerId: PeerId): boolean {
    return this.#parts.relays().some((relay) => relay.peerId === peerId);
  }

  /** On the internet, and not behind the same router as we. */
  #isElsewhere(ip: string | null): boolean {
    return ip !== null && scopeOf(ip) === 'public' && !this.#externalIps.all().includes(ip);
  }

  #listening(): string[] {
    const addresses = this.#parts.node()?.transportManager.getAddrs() ?? [];
    // Link-local IPv6 needs the name of an interface, which differs from machine to machine.
    return [...new Set(addresses.map(String))].filter(
      (text) => !/^\/ip6\/fe[89ab]/i.test(text) && !/\/p2p-circuit/.test(text),
    );
  }

  #self(): { ips: Set<string>; ports: Set<number> } {
    const listeners = this.#listening()
      .map(parseIpMultiaddr)
      .filter((parsed) => parsed !== null);
    return {
      ips: new Set([...listeners.map(({ ip }) => ip), ...this.#externalIps.all().map(canonicalIp)]),
      ports: new Set(listeners.map(({ port }) => port)),
    };
  }
}

const outcomeOf = (results: readonly DialBackResult[], address: string): DialBackResult['outcome'] =>
  results.find((result) => result.address === address)?.outcome ?? 'refused';

const withoutOwnId = (address: string): string => address.replace(/\/p2p\/[^/]+$/, '');

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
