import type { Connection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { PeerId } from '../../../../shared/ids.ts';
import { idOf, withoutPeer } from '../addresses.ts';
import { deadline } from '../../deadline.ts';
import { ipOf } from '../remote-ip.ts';

/** How long a new connection of somebody whom we asked is taken for one that he makes for that. */
const PROBE_MS = 2000;
const HANG_UP_MS = 1000;

/** One that we make for somebody. */
interface Making {
  readonly address: string;
  /** Null where the address alone is to be dialled. */
  readonly peerId: PeerId | null;
  /** All that came up meanwhile and look like it. */
  readonly claimed: Set<Connection>;
}

/** We have asked a peer to connect. */
export interface Expected {
  readonly peerId: PeerId;
  readonly proven: Set<Connection>;
}

/**
 * Connections that are made only to find out whether an address works, by a dial-back of ours or by AutoNAT. They end
 * as soon as that is known, so they must not be taken for links: what moved to one would be lost with it.
 */
export class TestConnections {
  readonly #making = new Set<Making>();
  readonly #made = new WeakSet<Connection>();
  readonly #expected = new Set<Expected>();
  /** Connections that may be made for us, until they prove it or time is up. */
  readonly #unclear = new Map<Connection, NodeJS.Timeout>();
  /** Of either kind. */
  readonly #tests = new WeakSet<Connection>();
  readonly #adopt: (connection: Connection) => void;

  /** `adopt` is told of a connection that looked like one for a test and is an ordinary one. */
  constructor(adopt: (connection: Connection) => void) {
    this.#adopt = adopt;
  }

  stop(): void {
    for (const timer of this.#unclear.values()) clearTimeout(timer);
    this.#unclear.clear();
  }

  /** Asked of each new connection: whether it is only there for a test, so that no call must run over it. */
  claims(connection: Connection): boolean {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) return false;
    if (connection.direction === 'outbound') return this.#claimMade(connection, peerId);
    const isExpected = [...this.#expected].some((expected) => expected.peerId === peerId);
    if (!isExpected || ipOf(connection) === null) return false;
    const timer = setTimeout(() => this.#takeForLink(connection), PROBE_MS);
    this.#unclear.set(connection, timer);
    this.#tests.add(connection);
    return true;
  }

  isTest(connection: Connection): boolean {
    return this.#tests.has(connection);
  }

  /** Whether other protocols may run over it. Who begins one on a new connection has not made it for a test. */
  isLink(connection: Connection): boolean {
    if (this.#unclear.has(connection)) this.#takeForLink(connection);
    return !this.#tests.has(connection);
  }

  /** Makes one for somebody else. What comes up at the same address meanwhile, for another reason, is a link. */
  async make(target: Multiaddr, dial: () => Promise<Connection>): Promise<Connection> {
    const end = PeerId.safeParse(target.getComponents().findLast(({ name }) => name === 'p2p')?.value);
    const making: Making = {
      address: withoutPeer(target),
      peerId: end.success ? end.data : null,
      claimed: new Set(),
    };
    this.#making.add(making);
    try {
      const made = await dial();
      this.#made.add(made);
      return made;
    } finally {
      this.#making.delete(making);
      for (const connection of making.claimed) this.#sort(connection);
    }
  }

  /** A peer was asked, and may connect from now on. */
  expect(peerId: PeerId): Expected {
    const expected: Expected = { peerId, proven: new Set() };
    this.#expected.add(expected);
    return expected;
  }

  /** The peer is done. Who made them hangs up; nobody may keep one that is no link for anything else. */
  over(expected: Expected): void {
    this.#expected.delete(expected);
    for (const connection of expected.proven) void hangUp(connection);
  }

  /** It has shown that it is there for a test. Nothing of the kind makes a test of what is a link. */
  proven(connection: Connection): void {
    const timer = this.#unclear.get(connection);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#unclear.delete(connection);
    const peerId = idOf(connection.remotePeer);
    for (const expected of this.#expected) if (expected.peerId === peerId) expected.proven.add(connection);
  }

  #claimMade(connection: Connection, peerId: PeerId): boolean {
    const making = this.#makingOf(connection, peerId);
    if (making === undefined) return false;
    making.claimed.add(connection);
    this.#tests.add(connection);
    return true;
  }

  #makingOf({ remoteAddr }: Connection, peerId: PeerId | null): Making | undefined {
    const address = withoutPeer(remoteAddr);
    return [...this.#making].find(
      (one) => one.address === address && (one.peerId === null || one.peerId === peerId),
    );
  }

  #sort(connection: Connection): void {
    if (this.#made.has(connection)) return;
    const other = this.#makingOf(connection, idOf(connection.remotePeer));
    if (other === undefined) this.#takeForLink(connection);
    else other.claimed.add(connection);
  }

  #takeForLink(connection: Connection): void {
    clearTimeout(this.#unclear.get(connection));
    this.#unclear.delete(connection);
    this.#tests.delete(connection);
    if (connection.status === 'open') this.#adopt(connection);
  }
}

/** In good order where the other side goes along. */
export async function hangUp(connection: Connection): Promise<void> {
  const limit = deadline(HANG_UP_MS);
  try {
    await connection.close({ signal: limit.signal });
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error(String(error)));
  } finally {
    limit.release();
  }
}
