import { randomBytes } from 'node:crypto';
import type { Way } from '../../../../shared/compare.ts';
import type { PeerId } from '../../../../shared/ids.ts';
import { ECHO_PROTOCOL, MCP_PROTOCOL } from '../../../../shared/wire.ts';
import { idOf } from '../addresses.ts';
import { NetworkError } from '../errors.ts';
import type { LinkConnection } from '../transport.ts';
import type { LinkPulses } from './link-pulse.ts';
import { closeOrAbort } from './links.ts';
import { routeOf } from './path.ts';
import { LinkWatch } from './round-trip.ts';

/** How long a peer may take to make a connection that it has told us of, and then to show that it is the one. */
const EXPECT_MS = 30_000;
const SHOW_MS = 5000;
/** One for each way, with one more for a circuit that holes are punched over. */
const MAX_OF_PEER = 8;
const MAX_OF_ALL = 64;
/** A guest on which nothing runs is sent away. */
const IDLE_MS = 60_000;
const LOOK_EVERY_MS = 15_000;
const LONGEST_MS = 2 * 60 * 60 * 1000;
const MAY_RUN: ReadonlySet<string | undefined> = new Set([ECHO_PROTOCOL, MCP_PROTOCOL]);

interface Making {
  readonly peerId: PeerId;
  readonly way: Way;
  /** All that came up meanwhile and look like it. */
  readonly claimed: Set<LinkConnection>;
}

interface Guest {
  readonly peerId: PeerId;
  readonly since: number;
  usedAt: number;
  readonly watch: LinkWatch;
}

/**
 * Connections that were made to compare ways, and are no links: they carry what belongs to the comparison, nothing moves to
 * them, and they are not closed as spares. Of those that we make, and of those that others make.
 */
export class ApartConnections {
  readonly #adopt: (connection: LinkConnection) => void;
  readonly #pulses: LinkPulses;
  readonly #making = new Set<Making>();
  readonly #apart = new WeakSet<LinkConnection>();
  readonly #ours = new WeakSet<LinkConnection>();
  /** What peers have told us that they will show. */
  readonly #expected = new Map<string, { readonly peerId: PeerId; readonly timer: NodeJS.Timeout }>();
  /** Connections that may be such, until they show it or time is up. */
  readonly #unclear = new Map<LinkConnection, NodeJS.Timeout>();
  /** Made by others, for a comparison of theirs. */
  readonly #guests = new Map<LinkConnection, Guest>();
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();

  /** `adopt` is told of a connection that looked like one apart and is an ordinary one. */
  constructor(adopt: (connection: LinkConnection) => void, pulses: LinkPulses) {
    this.#adopt = adopt;
    this.#pulses = pulses;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { timer } of this.#expected.values()) clearTimeout(timer);
    for (const timer of this.#unclear.values()) clearTimeout(timer);
    for (const { watch } of this.#guests.values()) watch.stop();
    this.#expected.clear();
    this.#unclear.clear();
    this.#guests.clear();
  }

  /** Asked of each new connection: whether it is to be no link. */
  claims(connection: LinkConnection): boolean {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) return false;
    if (connection.direction === 'outbound') {
      const making = this.#makingOf(connection, peerId);
      making?.claimed.add(connection);
      if (making !== undefined) this.#apart.add(connection);
      return making !== undefined;
    }
    if (![...this.#expected.values()].some((expected) => expected.peerId === peerId)) return false;
    this.#apart.add(connection);
    this.#unclear.set(
      connection,
      setTimeout(() => this.#takeForLink(connection), SHOW_MS),
    );
    return true;
  }

  /** Whether a stream that the other side opened is to be answered. Who begins anything else has made a link. */
  mayRun(connection: LinkConnection, protocol: string): boolean {
    if (this.#unclear.has(connection) && protocol !== ECHO_PROTOCOL) this.#takeForLink(connection);
    if (!this.#apart.has(connection)) return true;
    return !this.#ours.has(connection) && MAY_RUN.has(protocol);
  }

  closed(connection: LinkConnection): void {
    clearTimeout(this.#unclear.get(connection));
    this.#unclear.delete(connection);
    this.#guests.get(connection)?.watch.stop();
    this.#guests.delete(connection);
  }

  /** Makes one. What else comes up that way meanwhile, for another reason, is a link. */
  async make<Made extends LinkConnection>(
    peerId: PeerId,
    way: Way,
    dial: () => Promise<Made>,
  ): Promise<Made> {
    const making: Making = { peerId, way, claimed: new Set() };
    this.#making.add(making);
    try {
      const made = await dial();
      this.#ours.add(made);
      return made;
    } finally {
      this.#making.delete(making);
      for (const connection of making.claimed) this.#sort(connection, peerId);
    }
  }

  /** A secret of our own that the other side is told, and then shown. */
  newSecret(): string {
    return randomBytes(24).toString('base64url');
  }

  /** A peer will make one, and show this. False: it has announced too many. */
  expect(peerId: PeerId, secret: string): boolean {
    const all = [...this.#expected.values()];
    const ofPeer = all.filter((expected) => expected.peerId === peerId).length;
    if (ofPeer >= MAX_OF_PEER || all.length >= MAX_OF_ALL || this.#expected.has(secret)) return false;
    const timer = setTimeout(() => this.#expected.delete(secret), EXPECT_MS);
    this.#expected.set(secret, { peerId, timer });
    return true;
  }

  /** It shows what we were told of. @returns what is wrong with it, or null */
  shown(connection: LinkConnection, peerId: PeerId, secret: string): 'busy' | 'unknown' | null {
    const expected = this.#expected.get(secret);
    // Nothing of the kind makes one apart of what is a link.
    if (expected?.peerId !== peerId || !this.#unclear.has(connection)) return 'unknown';
    clearTimeout(expected.timer);
    this.#expected.delete(secret);
    const ofPeer = [...this.#guests.values()].filter((guest) => guest.peerId === peerId).length;
    if (ofPeer >= MAX_OF_PEER || this.#guests.size >= MAX_OF_ALL) return 'busy';
    clearTimeout(this.#unclear.get(connection));
    this.#unclear.delete(connection);
    const watch = new LinkWatch(connection, {
      onMeasured: () => undefined,
      isKept: () => false,
      pulse: this.#pulses.of(connection),
    });
    const now = performance.now();
    this.#guests.set(connection, { peerId, since: now, usedAt: now, watch });
    return null;
  }

  /** It begins something that only links carry, as far as it is not known yet to be one apart. */
  takeForLink(connection: LinkConnection): void {
    if (this.#unclear.has(connection)) this.#takeForLink(connection);
  }

  #makingOf(connection: LinkConnection, peerId: PeerId): Making | undefined {
    const way = wayOf(connection);
    return [...this.#making].find((making) => making.peerId === peerId && making.way === way);
  }

  #sort(connection: LinkConnection, peerId: PeerId): void {
    if (this.#ours.has(connection)) return;
    const other = this.#makingOf(connection, peerId);
    if (other === undefined) this.#takeForLink(connection);
    else other.claimed.add(connection);
  }

  #takeForLink(connection: LinkConnection): void {
    clearTimeout(this.#unclear.get(connection));
    this.#unclear.delete(connection);
    this.#apart.delete(connection);
    if (connection.status === 'open') this.#adopt(connection);
  }

  #look(): void {
    const now = performance.now();
    for (const [connection, guest] of this.#guests) {
      if (connection.streams.some(({ protocol }) => MAY_RUN.has(protocol))) guest.usedAt = now;
      if (now - guest.usedAt < IDLE_MS && now - guest.since < LONGEST_MS) continue;
      void closeOrAbort(connection, new NetworkError('LINK_LOST', 'Nothing is compared here any more.'));
    }
  }
}

/** Which way a connection is of. */
export function wayOf(connection: Pick<LinkConnection, 'kind' | 'remoteAddr' | 'dawn'>): Way {
  const { path, transport } = routeOf(connection);
  if (connection.dawn !== undefined || path === 'legacy') return 'legacy';
  if (path === 'relayed') return 'relay';
  return path === 'punched' ? 'webrtc' : transport;
}
