import { EventEmitter } from 'node:events';
import type { PeerId } from '../../../shared/ids.ts';
import type { PeerView, Trust } from '../../../shared/peers.ts';
import type { Budget } from '../../../shared/rules.ts';
import type { TransportChoice } from '../../../shared/transports.ts';
import type { CardsAnswer, CardsRequest } from '../../../shared/wire.ts';
import type { NetworkPeer } from '../network/index.ts';
import { RecordsError, type StoredPeer } from '../records/index.ts';
import type { Peers, PeersEvents, PeersModules } from './index.ts';
import { PeersError } from './peers-error.ts';
import { Hearsay } from './hearsay.ts';
import { OwnCards } from './own-cards.ts';
import { isContact, viewOf } from './peer-view.ts';
import { Pauses } from './pauses.ts';
import type { HeardCard } from './read-cards.ts';
import { blankPeer, isNews, isNewsAtAll, shownBy } from './remembered.ts';
import { SafetyWords } from './safety-words.ts';
import { StoredPeers } from './stored-peers.ts';

/** How often the cards of a linked contact are fetched again. */
const REFRESH_MS = 60_000;
const NO_CARDS: readonly HeardCard[] = [];
/** Of one peer, as the network bounds them. */
const MAX_ADDRESSES = 16;
/** How many peers that the network has forgotten may pile up here before they are forgotten too. */
const MAX_FORGOTTEN = 200;

/** Puts together what the network sees, what the records remember and what each peer says of itself. */
export class PeerBook extends EventEmitter<PeersEvents> implements Peers {
  readonly #modules: PeersModules;
  readonly #stored: StoredPeers;
  readonly #hearsay: Hearsay;
  readonly #seen = new Map<PeerId, NetworkPeer>();
  readonly #cards: OwnCards;
  readonly #words: SafetyWords;
  readonly #pauses = new Pauses((peerId) => this.spent(peerId));
  #timer: NodeJS.Timeout | undefined;
  #newPeers = 0;
  readonly #onNetworkPeer = (peer: NetworkPeer): void => this.#see(peer);

  constructor(modules: PeersModules) {
    super();
    this.#modules = modules;
    this.#cards = new OwnCards(modules);
    this.#words = new SafetyWords(modules.identity.peerId);
    this.#hearsay = new Hearsay(modules, {
      isContact: (peerId) => isContact(this.trust(peerId)),
      heard: (peerId, name) => this.#heard(peerId, name),
    });
    // Before the network serves anybody: whoever comes first must meet the trust that was given.
    this.#stored = new StoredPeers(modules.store);
    for (const peer of this.#stored.all()) {
      if (peer.trust === 'blocked') modules.network.setBlocked(peer.peerId, true);
    }
  }

  start(): void {
    const { network } = this.#modules;
    for (const peer of this.#stored.all()) {
      if (isContact(peer.trust)) network.keep(peer.peerId, peer.addresses);
      this.#changed(peer.peerId);
    }
    this.#cards.start();
    network.on('peer', this.#onNetworkPeer);
    for (const peer of network.peers()) this.#see(peer);
    this.#timer = setInterval(() => {
      this.#refreshContacts();
      this.#rememberLinks(isNews);
    }, REFRESH_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#hearsay.stop();
    this.#pauses.stop();
    clearInterval(this.#timer);
    this.#modules.network.off('peer', this.#onNetworkPeer);
    this.#rememberLinks(isNewsAtAll);
    this.#cards.stop();
  }

  get(peerId: PeerId): PeerView | undefined {
    const seen = this.#seen.get(peerId);
    const stored = this.#stored.get(peerId);
    if (seen === undefined && stored === undefined) return undefined;
    const { used, pausedUntil } = this.#modules.budgetOf(peerId);
    const pausesUsUntil = this.#pauses.until(peerId);
    const spent = { used, pausedUntil, pausesUsUntil };
    const safetyWords = this.#words.of(peerId);
    return viewOf({ peerId, seen, stored, heard: this.#hearsay.of(peerId), spent, safetyWords });
  }

  list(): PeerView[] {
    const ids = new Set([...this.#stored.all().map(({ peerId }) => peerId), ...this.#seen.keys()]);
    return [...ids].flatMap((id) => this.get(id) ?? []);
  }

  cardsOf(peerId: PeerId): readonly HeardCard[] {
    return this.#hearsay.of(peerId)?.cards ?? NO_CARDS;
  }

  trust(peerId: PeerId): Trust {
    return this.#stored.get(peerId)?.trust ?? 'unknown';
  }

  nameOf(peerId: PeerId): string {
    const stored = this.#stored.get(peerId);
    return stored?.alias ?? this.#hearsay.of(peerId)?.name ?? stored?.name ?? `…${peerId.slice(-8)}`;
  }

  async dial(address: string, signal: AbortSignal): Promise<PeerView> {
    const { network } = this.#modules;
    const peerId = await network.dial(address, { signal });
    // The network gathers its events for a moment; the one for this peer may be still to come.
    const seen = network.peers().find((peer) => peer.peerId === peerId);
    if (seen !== undefined) this.#see(seen);
    return this.#require(peerId);
  }

  async disconnect(peerId: PeerId): Promise<void> {
    this.#require(peerId);
    await this.#modules.network.disconnect(peerId);
  }

  async refresh(peerId: PeerId, signal: AbortSignal): Promise<PeerView> {
    this.#require(peerId);
    await this.#hearsay.fetch(peerId, signal);
    return this.#require(peerId);
  }

  accept(peerId: PeerId, how: { alias?: string | undefined; trust: 'known' | 'trusted' }): PeerView {
    const view = this.#require(peerId);
    const alias = how.alias ?? view.alias;
    this.#store(peerId, {
      trust: how.trust,
      alias,
      contactSince: view.contactSince ?? Date.now(),
      request: null,
    });
    this.#modules.network.setBlocked(peerId, false);
    this.#modules.network.keep(peerId, view.addresses);
    if (this.#seen.get(peerId)?.state === 'connected') this.#hearsay.tellSoon(peerId);
    return this.#require(peerId);
  }

  welcome(
    peerId: PeerId,
    how: { alias?: string | undefined; trust: 'known' | 'trusted'; addresses: readonly string[] },
  ): PeerView {
    const before = this.get(peerId);
    const addresses = [...new Set([...how.addresses, ...(before?.addresses ?? [])])].slice(0, MAX_ADDRESSES);
    this.#store(peerId, {
      trust: before?.trust === 'trusted' ? 'trusted' : how.trust,
      alias: how.alias ?? before?.alias ?? null,
      contactSince: before?.contactSince ?? Date.now(),
      addresses,
      request: null,
    });
    this.#modules.network.keep(peerId, addresses);
    return this.#require(peerId);
  }

  setTrust(peerId: PeerId, trust: Trust): PeerView {
    if (trust === 'known' || trust === 'trusted') return this.accept(peerId, { trust });
    const { network } = this.#modules;
    this.#require(peerId);
    network.release(peerId);
    network.setBlocked(peerId, trust === 'blocked');
    this.#store(peerId, { trust, contactSince: null, request: null });
    return this.#require(peerId);
  }

  rename(peerId: PeerId, alias: string | null): PeerView {
    this.#require(peerId);
    this.#store(peerId, { alias });
    return this.#require(peerId);
  }

  setTransport(peerId: PeerId, choice: TransportChoice | null): PeerView {
    this.#require(peerId);
    this.#store(peerId, { transportChoice: choice });
    this.#modules.network.setPeerTransport(peerId, choice);
    return this.#require(peerId);
  }

  allowLegacy(peerId: PeerId, allowed: boolean): PeerView {
    const { legacy } = this.#require(peerId);
    if (allowed && (legacy === 'not-needed' || this.#modules.gatehouses.has(peerId))) {
      throw new PeersError(
        'CONFLICT',
        `${this.nameOf(peerId)} is known to speak Gatehouse, which always encrypts. It is not spoken to in any lesser way.`,
      );
    }
    this.#store(peerId, { legacyAllowed: allowed });
    this.#modules.network.setLegacy(peerId, allowed);
    return this.#require(peerId);
  }

  setBudget(peerId: PeerId, budget: Budget | null): PeerView {
    this.#require(peerId);
    this.#store(peerId, { budget });
    return this.#require(peerId);
  }

  budgets(): ReadonlyMap<PeerId, Budget> {
    return this.#stored.budgets;
  }

  spent(peerId: PeerId): void {
    if (this.#seen.has(peerId) || this.#stored.get(peerId) !== undefined) this.#changed(peerId);
  }

  notePaused(peerId: PeerId, until: number): void {
    this.#pauses.note(peerId, until);
    this.spent(peerId);
  }

  async remove(peerId: PeerId): Promise<void> {
    this.#require(peerId);
    const { network } = this.#modules;
    const before = this.#stored.get(peerId);
    const wasContact = isContact(this.trust(peerId));
    this.#stored.remove(peerId);
    network.setBlocked(peerId, false);
    if (before?.transportChoice != null) network.setPeerTransport(peerId, null);
    if (before?.legacyAllowed === true) network.setLegacy(peerId, false);
    this.#changed(peerId);
    if (wasContact) await network.disconnect(peerId);
    // Forgotten is not shut out: it may come back as a stranger.
    network.release(peerId);
  }

  noteRequest(peerId: PeerId, wanted: { agent: string; tool: string | null } | null): void {
    if (this.trust(peerId) !== 'unknown') return;
    const { request, write } = this.#stored.requested(peerId, wanted);
    this.#storeUnasked(peerId, { request }, write);
    const oldest = this.#stored.requestTooMany();
    if (oldest !== null) this.#storeUnasked(oldest, { request: null });
  }

  answerCards(peerId: PeerId, request: CardsRequest): CardsAnswer {
    if (this.trust(peerId) === 'blocked') return { name: '', contact: false, cards: [] };
    // Who only looks around does not say its name, and keeps the one that it had.
    if (request.name !== '' && this.#hearsay.named(peerId, request.name)) this.#changed(peerId);
    if (request.invite !== undefined) this.#modules.invites.redeem(request.invite, peerId);
    if (request.introduce) {
      this.noteRequest(peerId, null);
      // Its side has just changed, so what we know of it is stale.
      this.#hearsay.fetchSoon(peerId);
    }
    const contact = isContact(this.trust(peerId));
    return { name: this.#modules.ownName(), contact, cards: this.#cards.visibleTo(contact) };
  }

  #see(peer: NetworkPeer): void {
    const before = this.#seen.get(peer.peerId);
    this.#seen.set(peer.peerId, peer);
    if (before === undefined) this.#forgetWithTheNetwork();
    if (peer.speaksGatehouse === true) this.#metGatehouse(peer.peerId);
    const stored = this.#stored.get(peer.peerId);
    if (stored !== undefined) {
      const shown = shownBy(peer, stored, Date.now());
      const isBack = before?.state !== peer.state && peer.state === 'connected';
      if (isBack || isNews(shown, stored)) this.#storeUnasked(peer.peerId, shown);
      if (shown.speaksGatehouse && !stored.speaksGatehouse)
        this.#modules.network.setSpeaksGatehouse(peer.peerId);
    }
    if (peer.state !== 'connected') this.#hearsay.left(peer.peerId);
    else if (this.#speaksWithUs(peer.peerId) && this.#hearsay.isDue(peer.peerId)) {
      this.#hearsay.fetchSoon(peer.peerId);
    }
    this.#changed(peer.peerId);
  }

  /** Remembered of everybody, since a peer that is nobody's contact may become one. */
  #metGatehouse(peerId: PeerId): void {
    try {
      this.#modules.gatehouses.add(peerId);
    } catch (error) {
      // The network knows until the host stops; the records themselves say what is wrong.
      if (!(error instanceof RecordsError)) throw error;
    }
  }

  /** The network bounds the peers it remembers; what it let go of goes here too. */
  #forgetWithTheNetwork(): void {
    this.#newPeers += 1;
    if (this.#newPeers < MAX_FORGOTTEN) return;
    this.#newPeers = 0;
    const remembered = new Set(this.#modules.network.peers().map(({ peerId }) => peerId));
    for (const peerId of [...this.#seen.keys()].filter((id) => !remembered.has(id))) {
      this.#seen.delete(peerId);
      this.#changed(peerId);
    }
  }

  #refreshContacts(): void {
    for (const { peerId } of this.#seen.values()) {
      if (isContact(this.trust(peerId)) && this.#speaksWithUs(peerId)) this.#hearsay.fetchSoon(peerId);
    }
  }

  /** When each link was last open: after an hour, and at the end. */
  #rememberLinks(isWorthIt: typeof isNews): void {
    for (const stored of [...this.#stored.all()]) {
      const seen = this.#seen.get(stored.peerId);
      if (seen === undefined) continue;
      const shown = shownBy(seen, stored, Date.now());
      if (isWorthIt(shown, stored)) this.#storeUnasked(stored.peerId, shown);
    }
  }

  #speaksWithUs(peerId: PeerId): boolean {
    const seen = this.#seen.get(peerId);
    return seen?.state === 'connected' && seen.speaksGatehouse === true;
  }

  #heard(peerId: PeerId, name: string): void {
    const stored = this.#stored.get(peerId);
    if (stored !== undefined && stored.name !== name) this.#storeUnasked(peerId, { name });
    else this.#changed(peerId);
  }

  /**
   * Remembers what a peer did, not the person. Where the records cannot be written it holds until the host
   * stops; the records themselves say so.
   */
  #storeUnasked(peerId: PeerId, patch: Partial<StoredPeer>, write = true): void {
    try {
      this.#store(peerId, patch, write);
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error;
      this.#changed(peerId);
    }
  }

  #store(peerId: PeerId, patch: Partial<StoredPeer>, write = true): void {
    const seen = this.#seen.get(peerId);
    const before = this.#stored.get(peerId);
    const speaksGatehouse = this.#modules.gatehouses.has(peerId);
    const known = before ?? { ...blankPeer(peerId), speaksGatehouse };
    const peer: StoredPeer = {
      ...known,
      name: known.name ?? this.#hearsay.of(peerId)?.name ?? null,
      lastSeen: seen?.lastSeen ?? known.lastSeen,
      ...(seen === undefined ? {} : shownBy(seen, known, Date.now())),
      ...patch,
    };
    this.#stored.put(peer, write);
    this.#changed(peerId);
  }

  #require(peerId: PeerId): PeerView {
    const view = this.get(peerId);
    if (view === undefined) throw new PeersError('NOT_FOUND', `No peer ${peerId} is known here.`);
    return view;
  }

  #changed(peerId: PeerId): void {
    const view = this.get(peerId) ?? null;
    if (view === null) this.#hearsay.forget(peerId);
    this.emit('peer', peerId, view);
  }
}
