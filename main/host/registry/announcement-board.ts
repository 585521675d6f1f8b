import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { AnnouncementVerdict } from '../network/index.ts';
import { AnnouncementError, glanceAt, readAnnouncement, type Announcement } from './announcement.ts';
import { keyOf } from './agent-key.ts';
import { Intake } from './intake.ts';

/** Announcements of all others together, tombstones included. */
const MAX_HELD = 5000;
/** Of their texts; what they say takes about as much again. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_PER_PEER = 32;

/** One that is in force. */
export interface Held {
  readonly text: string;
  readonly said: Announcement;
  readonly heardAt: number;
  /** Who told us of it first. */
  readonly from: PeerId;
}

export interface BoardOptions {
  readonly own: PeerId;
  readonly isBlocked: (peerId: PeerId) => boolean;
  readonly isContact: (peerId: PeerId) => boolean;
  /** A neighbour that a person chose: it may tell us of more, and what it told is forgotten last. */
  readonly isChosen: (peerId: PeerId) => boolean;
  readonly onChange: (peerId: PeerId, agent: AgentName) => void;
}

/** The announcements of others that are in force: for each agent the newest, its tombstone as well. */
export class AnnouncementBoard {
  readonly #options: BoardOptions;
  /** In the order in which they were heard last. */
  readonly #held = new Map<string, Held>();
  /** The texts of those, which come again from everybody who is linked: no need to verify them twice. */
  readonly #texts = new Set<string>();
  readonly #perPeer = new Map<PeerId, Set<AgentName>>();
  /** By who told us of them, in the order in which they were heard last. */
  readonly #byNeighbour = new Map<PeerId, Set<Held>>();
  readonly #intake: Intake;
  #bytes = 0;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#intake = new Intake(options.isChosen);
  }

  /** Takes one in that a neighbour passed on, and says what is to become of it. */
  take(text: string, from: PeerId, now: number = Date.now()): AnnouncementVerdict {
    // A signature is only verified where something may come of it.
    const unread = this.#atFirstGlance(text, from, now);
    if (unread !== null) return unread;
    let said: Announcement;
    try {
      said = readAnnouncement(text, now);
    } catch (error) {
      if (error instanceof AnnouncementError) return error.fault ? 'reject' : 'ignore';
      throw error;
    }
    const { peerId, agent } = said;
    const key = keyOf(peerId, agent);
    const before = this.#held.get(key);
    if (!this.#intake.admit(peerId, from, before === undefined, now)) return 'ignore';
    // Whoever is the first to pass on what others told of does not make it its own; an agent's own host does.
    const teller = peerId === from ? from : (before?.from ?? from);
    if (before !== undefined) this.#forget(before);
    const held = { text, said, heardAt: now, from: teller };
    this.#keep(held);
    this.#bound();
    this.#options.onChange(peerId, agent);
    return this.#held.get(key) === held ? 'accept' : 'ignore';
  }

  of(peerId: PeerId, agent: AgentName): Held | undefined {
    return this.#held.get(keyOf(peerId, agent));
  }

  /** As they came, the newest last. */
  texts(): string[] {
    return [...this.#held.values()].map(({ text }) => text);
  }

  sweep(now: number = Date.now()): void {
    for (const held of this.#held.values()) if (held.said.expires <= now) this.#drop(held);
  }

  forgetPeer(peerId: PeerId): void {
    for (const held of this.#held.values()) if (held.said.peerId === peerId) this.#drop(held);
  }

  /** The verdict where it does not hang on the signature; null where it does. */
  #atFirstGlance(text: string, from: PeerId, now: number): AnnouncementVerdict | null {
    if (this.#texts.has(text)) return 'known';
    const issue = glanceAt(text);
    if (issue === null) return null;
    const { peerId, agent, sequence, expires } = issue;
    if (peerId === this.#options.own || this.#options.isBlocked(peerId)) return 'known';
    const before = this.of(peerId, agent);
    if (expires <= now || (before !== undefined && before.said.sequence >= sequence)) return 'ignore';
    if (before !== undefined) return null;
    const isFull = (this.#perPeer.get(peerId)?.size ?? 0) >= MAX_PER_PEER;
    return isFull || !this.#intake.hasRoom(from, now) ? 'ignore' : null;
  }

  #bound(): void {
    while (this.#held.size > MAX_HELD || this.#bytes > MAX_BYTES) {
      const least = this.#leastMissed() ?? [...this.#held.values()][0];
      if (least === undefined) return;
      this.#drop(least);
    }
  }

  /**
   * The oldest from the neighbour that told us of most, so that nobody pushes out what others told; not those of
   * contacts, and those from neighbours that a person chose only where there are no others.
   */
  #leastMissed(): Held | undefined {
    let least: (Share & { readonly held: Held }) | undefined;
    for (const [from, told] of this.#byNeighbour) {
      const isChosen = this.#options.isChosen(from);
      if (least !== undefined && !comesBefore({ isChosen, count: told.size }, least)) continue;
      const held = told.values().find(({ said }) => !this.#options.isContact(said.peerId));
      if (held !== undefined) least = { held, isChosen, count: told.size };
    }
    return least?.held;
  }

  #drop(held: Held): void {
    this.#forget(held);
    this.#options.onChange(held.said.peerId, held.said.agent);
  }

  #keep(held: Held): void {
    const { peerId, agent } = held.said;
    this.#held.set(keyOf(peerId, agent), held);
    this.#texts.add(held.text);
    this.#bytes += held.text.length;
    this.#perPeer.set(peerId, (this.#perPeer.get(peerId) ?? new Set()).add(agent));
    this.#byNeighbour.set(held.from, (this.#byNeighbour.get(held.from) ?? new Set()).add(held));
  }

  #forget(held: Held): void {
    const { peerId, agent } = held.said;
    this.#held.delete(keyOf(peerId, agent));
    this.#texts.delete(held.text);
    this.#bytes -= held.text.length;
    remove(this.#perPeer, peerId, agent);
    remove(this.#byNeighbour, held.from, held);
  }
}

interface Share {
  readonly isChosen: boolean;
  readonly count: number;
}
const comesBefore = (one: Share, other: Share): boolean =>
  one.isChosen === other.isChosen ? one.count > other.count : other.isChosen;

/** Takes one out of a set, and the set out of the map with the last one. */
function remove<T>(sets: Map<PeerId, Set<T>>, peerId: PeerId, one: T): void {
  const set = sets.get(peerId);
  set?.delete(one);
  if (set?.size === 0) sets.delete(peerId);
}
