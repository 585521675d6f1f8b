import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { AnnouncementVerdict } from '../network/index.ts';
import { AnnouncementError, readAnnouncement, type Announcement } from './announcement.ts';
import { keyOf } from './agent-key.ts';
import { OriginRate } from './origin-rate.ts';

/** Announcements of all others together, tombstones included; the oldest are forgotten first. */
const MAX_HELD = 5000;
const MAX_PER_PEER = 32;

/** One that is in force. */
export interface Held {
  readonly text: string;
  readonly said: Announcement;
  readonly heardAt: number;
}

export interface BoardOptions {
  readonly own: PeerId;
  readonly isBlocked: (peerId: PeerId) => boolean;
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
  readonly #rate = new OriginRate();

  constructor(options: BoardOptions) {
    this.#options = options;
  }

  /** Takes one in, and says what is to become of it. */
  take(text: string, now: number = Date.now()): AnnouncementVerdict {
    if (this.#texts.has(text)) return 'ignore';
    let said: Announcement;
    try {
      said = readAnnouncement(text, now);
    } catch (error) {
      if (error instanceof AnnouncementError) return error.fault ? 'reject' : 'ignore';
      throw error;
    }
    const { peerId, agent, sequence } = said;
    if (peerId === this.#options.own || this.#options.isBlocked(peerId)) return 'ignore';
    const key = keyOf(peerId, agent);
    const before = this.#held.get(key);
    if (before !== undefined && before.said.sequence >= sequence) return 'ignore';
    if (!this.#rate.admit(peerId, now)) return 'ignore';
    const agents = this.#perPeer.get(peerId) ?? new Set();
    if (before === undefined && agents.size >= MAX_PER_PEER) return 'ignore';
    if (before !== undefined) this.#texts.delete(before.text);
    this.#texts.add(text);
    this.#held.delete(key);
    this.#held.set(key, { text, said, heardAt: now });
    this.#perPeer.set(peerId, agents.add(agent));
    this.#options.onChange(peerId, agent);
    this.#bound();
    return 'accept';
  }

  of(peerId: PeerId, agent: AgentName): Held | undefined {
    return this.#held.get(keyOf(peerId, agent));
  }

  /** As they came, the newest last. */
  texts(): string[] {
    return [...this.#held.values()].map(({ text }) => text);
  }

  sweep(now: number = Date.now()): void {
    for (const { said } of this.#held.values()) if (said.expires <= now) this.#drop(said.peerId, said.agent);
  }

  forgetPeer(peerId: PeerId): void {
    for (const agent of this.#perPeer.get(peerId) ?? []) this.#drop(peerId, agent);
  }

  #bound(): void {
    if (this.#held.size <= MAX_HELD) return;
    const [oldest] = this.#held.values();
    if (oldest !== undefined) this.#drop(oldest.said.peerId, oldest.said.agent);
  }

  #drop(peerId: PeerId, agent: AgentName): void {
    const key = keyOf(peerId, agent);
    const held = this.#held.get(key);
    if (held !== undefined) this.#texts.delete(held.text);
    this.#held.delete(key);
    const agents = this.#perPeer.get(peerId);
    agents?.delete(agent);
    if (agents?.size === 0) this.#perPeer.delete(peerId);
    this.#options.onChange(peerId, agent);
  }
}
