/** The peers room: who is out there, who is a contact, and what they may see of us. */
import type { EventEmitter } from 'node:events';
import type { PeerId } from '../../../shared/ids.ts';
import type { Budget } from '../../../shared/rules.ts';
import type { PeerView, Trust } from '../../../shared/peers.ts';
import type { TransportChoice } from '../../../shared/transports.ts';
import type { CardsAnswer, CardsRequest } from '../../../shared/wire.ts';
import type { Agents } from '../agents/index.ts';
import type { Identity } from '../identity/index.ts';
import type { Network } from '../network/index.ts';
import type { FactStore, GatehouseStore, PeerStore } from '../records/index.ts';
import { PeerBook } from './peer-book.ts';
import type { HeardCard } from './read-cards.ts';

export interface PeersEvents {
  /** A peer is new, changed or gone (null). */
  peer: [PeerId, PeerView | null];
}

export interface Peers extends EventEmitter<PeersEvents> {
  start(): void;
  stop(): void;
  get(peerId: PeerId): PeerView | undefined;
  list(): PeerView[];
  /** The verified cards that it gave us last. The same array as long as they are the same. */
  cardsOf(peerId: PeerId): readonly HeardCard[];
  trust(peerId: PeerId): Trust;
  /** What to call a peer in a sentence: my name for it, else its own, else the end of its id. Hostile text. */
  nameOf(peerId: PeerId): string;
  dial(address: string, signal: AbortSignal): Promise<PeerView>;
  disconnect(peerId: PeerId): Promise<void>;
  /** Fetches and verifies the peer's cards anew. */
  refresh(peerId: PeerId, signal: AbortSignal): Promise<PeerView>;
  accept(peerId: PeerId, how: { alias?: string | undefined; trust: 'known' | 'trusted' }): PeerView;
  /**
   * Makes a contact of a peer that nobody may have met yet, and keeps a link to it. A peer that is trusted stays so.
   * @param how addresses: multiaddrs without the peer's own id, beside those that are known
   */
  welcome(
    peerId: PeerId,
    how: { alias?: string | undefined; trust: 'known' | 'trusted'; addresses: readonly string[] },
  ): PeerView;
  setTrust(peerId: PeerId, trust: Trust): PeerView;
  rename(peerId: PeerId, alias: string | null): PeerView;
  /** Which transports are used for it; null: as the settings say. Takes effect at once. */
  setTransport(peerId: PeerId, choice: TransportChoice | null): PeerView;
  /**
   * Whether it may answer without encryption, as Dawn nodes do.
   * @throws {PeersError} CONFLICT where it is known to speak Gatehouse
   */
  allowLegacy(peerId: PeerId, allowed: boolean): PeerView;
  /** What it may use on one day; null: as the settings say. Takes effect at once. */
  setBudget(peerId: PeerId, budget: Budget | null): PeerView;
  /** Of those that have one of their own. */
  budgets(): ReadonlyMap<PeerId, Budget>;
  /** The gate has news of what it has used. */
  spent(peerId: PeerId): void;
  /** It said that our budget there is used up until then. */
  notePaused(peerId: PeerId, until: number): void;
  remove(peerId: PeerId): Promise<void>;
  /** An unknown peer tried to call: keeps one pending contact request for it. */
  noteRequest(peerId: PeerId, wanted: { agent: string; tool: string | null } | null): void;
  /** What a peer that asks for our cards is told. */
  answerCards(peerId: PeerId, request: CardsRequest): CardsAnswer;
}

export interface PeersModules {
  readonly network: Network;
  readonly agents: Agents;
  readonly identity: Identity;
  readonly store: PeerStore;
  readonly gatehouses: GatehouseStore;
  readonly facts: FactStore;
  /** What this host calls itself. */
  readonly ownName: () => string;
  readonly invites: InviteExchange;
  /** What a peer has used of its budget, where one holds for it. */
  readonly budgetOf: (peerId: PeerId) => Pick<PeerView, 'used' | 'pausedUntil'>;
}

/** Secrets of invites, as they cross the network with the asking for cards. */
export interface InviteExchange {
  /**
   * A peer brought a secret: the trust that the invite gives, or null where there is no such invite (any more).
   * Marks it as used, and makes the peer a contact; never lowers its trust. Guessing is hopeless (128 bits), and
   * slowed down all the same.
   */
  redeem(secret: string, peerId: PeerId): 'known' | 'trusted' | null;
  /** The secret of an invite that the peer made and we accepted; null where it has none to be shown. */
  secretFor(peerId: PeerId): string | null;
  /** The peer has answered the secret, whatever it made of it. */
  shown(peerId: PeerId, secret: string): void;
}

export const createPeers = (modules: PeersModules): Peers => new PeerBook(modules);

export { blankPeer, rememberedTransports } from './remembered.ts';
export { PeersError } from './peers-error.ts';
export { readCards, type HeardCard } from './read-cards.ts';
