import { scopeOf, sourceOf } from '../ip-address.ts';
import { parseIpMultiaddr } from '../ip-multiaddr.ts';
import type { IpMultiaddr } from '../ip-multiaddr.ts';

export interface DialBackAsker {
  /** Where its link comes from: an IP address in canonical spelling; null where that is not seen, as with a relay. */
  readonly ip: string | null;
  readonly contact: boolean;
}

/** What the asked has itself, as canonical IP addresses, and the ports it listens on. */
export interface DialBackSelf {
  readonly ips: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/**
 * Whether to dial an address for a peer, and as what. It must not make us scan ports, or knock at strangers' doors:
 * everybody may have us dial where he comes from himself; a contact, other public addresses as well. Names are not
 * looked up, and nothing of our own, or of our network, is dialled for anybody else.
 */
export function mayDialBack(address: string, asker: DialBackAsker, self: DialBackSelf): IpMultiaddr | null {
  const parsed = parseIpMultiaddr(address);
  if (parsed === null) return null;
  const { ip, port } = parsed;
  if (self.ips.has(ip) && self.ports.has(port)) return null;
  // Behind the routers of large providers, the same address is somebody else's as well.
  if (ip === asker.ip) return asker.contact || port >= 1024 || port === 443 ? parsed : null;
  if (!asker.contact || self.ips.has(ip) || scopeOf(ip) !== 'public') return null;
  // Nobody runs a node where mail or a shell is expected.
  return port >= 1024 || port === 80 || port === 443 ? parsed : null;
}

const WINDOW_MS = 60_000;
const PER_PEER = 6;
/** Keys cost nothing; addresses do. A whole school may sit behind one. */
const PER_SOURCE = 15;
const ALL = 120;
/** Requests under way at one time. */
const PLACES = 8;
const PLACES_PER_SOURCE = 2;

interface Turn {
  readonly peer: string;
  readonly source: string;
  readonly contact: boolean;
  readonly at: number;
}

/**
 * How many requests are taken up, in a minute and at one time. Half of it all is kept for contacts, and strangers from
 * one IP address have a share of the rest only, so that nobody can shut out the others.
 */
export class DialBackTurns {
  readonly #now: () => number;
  #taken: Turn[] = [];
  readonly #underWay = new Set<Turn>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @returns what ends the turn; null where it is not this asker's turn now */
  take(peer: string, { ip, contact }: DialBackAsker): (() => void) | null {
    const at = this.#now();
    this.#taken = this.#taken.filter((one) => at - one.at < WINDOW_MS);
    const turn: Turn = { peer, source: ip === null ? '' : sourceOf(ip), contact, at };
    if (this.#taken.filter((one) => one.peer === peer).length >= PER_PEER) return null;
    if (!hasRoom(this.#taken, turn, ALL, PER_SOURCE)) return null;
    if (!hasRoom([...this.#underWay], turn, PLACES, PLACES_PER_SOURCE)) return null;
    this.#taken.push(turn);
    this.#underWay.add(turn);
    return () => this.#underWay.delete(turn);
  }
}

function hasRoom(turns: readonly Turn[], next: Turn, all: number, perSource: number): boolean {
  if (turns.length >= all) return false;
  if (next.contact) return true;
  const strangers = turns.filter(({ contact }) => !contact);
  return (
    strangers.length < all / 2 && strangers.filter(({ source }) => source === next.source).length < perSource
  );
}
