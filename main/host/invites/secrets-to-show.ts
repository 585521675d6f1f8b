import { z } from 'zod';
import { PeerId, Time } from '../../../shared/ids.ts';
import { RecordsError, type FactStore } from '../records/index.ts';

/** Invites that were accepted here and whose inviter has not been met since; the oldest is forgotten first. */
const MOST = 64;
const Kept = z
  .array(z.strictObject({ peerId: PeerId, secret: z.string().max(64), expiresAt: Time }))
  .max(MOST);
type Entry = z.infer<typeof Kept>[number];

/** The secrets of accepted invites, until their inviter has answered them or they are over; also over a restart. */
export class SecretsToShow {
  readonly #facts: FactStore;
  #entries: Entry[];

  constructor(facts: FactStore) {
    this.#facts = facts;
    this.#entries = Kept.safeParse(parsed(facts.get('secretsToShow'))).data ?? [];
  }

  add(entry: Entry): void {
    this.#set([...this.#entries.filter(({ peerId }) => peerId !== entry.peerId), entry].slice(-MOST));
  }

  of(peerId: PeerId, now: number): string | null {
    const found = this.#entries.find((entry) => entry.peerId === peerId);
    return found === undefined || found.expiresAt <= now ? null : found.secret;
  }

  /** It was answered. Another one for the same peer, accepted meanwhile, stays. */
  shown(peerId: PeerId, secret: string): void {
    const left = this.#entries.filter((entry) => entry.peerId !== peerId || entry.secret !== secret);
    if (left.length < this.#entries.length) this.#set(left);
  }

  #set(entries: Entry[]): void {
    this.#entries = entries;
    try {
      this.#facts.set('secretsToShow', entries.length === 0 ? null : JSON.stringify(entries));
    } catch (error) {
      // Then it holds until the host stops; the records themselves say so.
      if (!(error instanceof RecordsError)) throw error;
    }
  }
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? [] : JSON.parse(text);
  } catch {
    return [];
  }
}
