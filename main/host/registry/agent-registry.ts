import { EventEmitter } from 'node:events';
import type { AgentView } from '../../../shared/agents.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { PeerView } from '../../../shared/peers.ts';
import type { Capability, RegistryQuery, SeenAgent } from '../../../shared/registry.ts';
import { deadline } from '../deadline.ts';
import type { AnnouncementVerdict } from '../network/index.ts';
import type { HeardCard } from '../peers/index.ts';
import { AnnouncementBoard } from './announcement-board.ts';
import { Catalogue } from './catalogue.ts';
import { FetchedCards } from './fetched-cards.ts';
import type { Registry, RegistryEvents, RegistryModules } from './index.ts';
import { OwnAnnouncements } from './own-announcements.ts';
import { seenElsewhere, seenOwn } from './seen-agent.ts';

const SWEEP_MS = 30_000;
const TELL_MS = 1000;
const LOOK_UP_MS = 15_000;
/** How long the table may take to add to what is known already. */
const TABLE_GRACE_MS = 1000;
const NO_CARDS: readonly HeardCard[] = [];
/** Announcements given to a peer that asks for all of them. */
const MAX_GIVEN = 1000;

/** All agents that are known here: our own, those of whom we have cards, and those that were announced. */
export class AgentRegistry extends EventEmitter<RegistryEvents> implements Registry {
  readonly #modules: RegistryModules;
  readonly #board: AnnouncementBoard;
  readonly #catalogue = new Catalogue();
  readonly #fetched: FetchedCards;
  readonly #own: OwnAnnouncements;
  /** The cards that were taken over from the peers room, to see what has changed. */
  readonly #cards = new Map<PeerId, readonly HeardCard[]>();
  #at = 0;
  #sweeping: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | null = null;
  readonly #onPeer = (peerId: PeerId, view: PeerView | null): void => this.#takePeer(peerId, view);
  /** Our own as they were told last: how busy an agent is is no news here. */
  readonly #ownAsTold = new Map<AgentName, string>();
  readonly #onAgent = (name: AgentName, view: AgentView | null): void => this.#takeOwn(name, view);

  constructor(modules: RegistryModules) {
    super();
    this.#modules = modules;
    this.#own = new OwnAnnouncements(modules);
    this.#fetched = new FetchedCards(modules);
    this.#board = new AnnouncementBoard({
      own: modules.identity.peerId,
      isBlocked: (peerId) => modules.peers.trust(peerId) === 'blocked',
      isContact: (peerId) => this.#isContact(peerId),
      isChosen: (peerId) => this.#isContact(peerId) || modules.isBootstrap(peerId),
      onChange: (peerId, agent) => this.#refresh(peerId, agent),
    });
  }

  start(): void {
    const { peers, agents } = this.#modules;
    peers.on('peer', this.#onPeer);
    agents.on('agent', this.#onAgent);
    for (const view of peers.list()) this.#takePeer(view.peerId, view);
    this.#own.start();
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeping.unref();
    this.#changed();
  }

  async stop(): Promise<void> {
    this.#modules.peers.off('peer', this.#onPeer);
    this.#modules.agents.off('agent', this.#onAgent);
    clearInterval(this.#sweeping);
    if (this.#telling !== null) clearTimeout(this.#telling);
    this.#own.stop();
    return Promise.resolve();
  }

  get size(): number {
    return this.#catalogue.size + this.#modules.agents.list().length;
  }

  search(query: RegistryQuery): SeenAgent[] {
    return this.#catalogue.search(query, this.#ownAgents());
  }

  async lookUp(capability: Capability, signal?: AbortSignal): Promise<SeenAgent[]> {
    const { network, peers, identity } = this.#modules;
    const over = new AbortController();
    const limit = deadline(LOOK_UP_MS, signal);
    limit.signal.addEventListener('abort', () => over.abort(limit.signal.reason));
    const asked = new Set<PeerId>([identity.peerId]);
    const fetch = async (peerIds: readonly PeerId[]): Promise<void> => {
      const askable = peerIds.filter((peerId) => !asked.has(peerId) && peers.trust(peerId) !== 'blocked');
      for (const peerId of askable) asked.add(peerId);
      await this.#fetched.fetch(askable, over.signal, (peerId, agents) => {
        for (const agent of agents) this.#refresh(peerId, agent, 'dht');
      });
    };
    try {
      const known = fetch(this.search(queryFor(capability)).map(({ peerId }) => peerId));
      const found = network.providersOf(capability, { signal: over.signal }).then(fetch);
      await Promise.race([
        Promise.all([known, found]),
        known.then(() => this.#untilEnough(capability, over.signal)),
      ]);
    } finally {
      limit.release();
      // What still runs has nobody left who waits for it.
      over.abort(new Error('The look-up is over.'));
    }
    return this.#offering(capability);
  }

  #offering(capability: Capability): SeenAgent[] {
    return this.search(queryFor(capability)).filter(({ verified }) => verified === 'card');
  }

  /** Where somebody offers it already, the table gets a moment to name others; otherwise all the time there is. */
  async #untilEnough(capability: Capability, signal: AbortSignal): Promise<void> {
    const isFound = this.#offering(capability).some(({ source }) => source !== 'own');
    const limit = deadline(isFound ? TABLE_GRACE_MS : LOOK_UP_MS, signal);
    await new Promise((resolve) => {
      if (limit.signal.aborted) resolve(undefined);
      limit.signal.addEventListener('abort', resolve, { once: true });
    });
    limit.release();
  }

  announcement(text: string, from: PeerId): AnnouncementVerdict {
    return this.#board.take(text, from);
  }

  announcements(): readonly string[] {
    const others = this.#board.texts();
    const own = this.#own.texts();
    return [...own, ...others.slice(-Math.max(0, MAX_GIVEN - own.length))];
  }

  #ownAgents(): SeenAgent[] {
    const { agents, identity } = this.#modules;
    return agents.list().map((view) => seenOwn(view, identity.peerId));
  }

  #takeOwn(name: AgentName, view: AgentView | null): void {
    const text = view === null ? '' : JSON.stringify(seenOwn(view, this.#modules.identity.peerId));
    if ((this.#ownAsTold.get(name) ?? '') === text) return;
    if (view === null) this.#ownAsTold.delete(name);
    else this.#ownAsTold.set(name, text);
    this.#changed();
  }

  #takePeer(peerId: PeerId, view: PeerView | null): void {
    if (view?.trust === 'blocked') {
      this.#board.forgetPeer(peerId);
      this.#fetched.forgetPeer(peerId);
    }
    const cards = view === null || view.trust === 'blocked' ? NO_CARDS : this.#modules.peers.cardsOf(peerId);
    const before = this.#cards.get(peerId) ?? NO_CARDS;
    const wasContact = this.#catalogue
      .agentsOf(peerId)
      .some((agent) => this.#catalogue.get(peerId, agent)?.source === 'contact');
    const isSame = before === cards || (before.length === 0 && cards.length === 0);
    if (isSame && wasContact === this.#isContact(peerId)) return;
    if (cards.length === 0) this.#cards.delete(peerId);
    else this.#cards.set(peerId, cards);
    const touched = new Set([
      ...[...before, ...cards].map(({ agent }) => agent.name),
      ...this.#catalogue.agentsOf(peerId),
    ]);
    for (const agent of touched) this.#refresh(peerId, agent);
  }

  /** Puts together anew what is known of one agent. */
  #refresh(peerId: PeerId, agent: AgentName, by: 'card' | 'dht' = 'card'): void {
    const given = this.#cards.get(peerId)?.find((card) => card.agent.name === agent);
    const fetched = this.#fetched.of(peerId, agent);
    const isFetched = fetched !== undefined && (given === undefined || fetched.sequence >= given.sequence);
    const heard = isFetched ? fetched : given;
    const seen =
      this.#modules.peers.trust(peerId) === 'blocked'
        ? null
        : seenElsewhere(
            peerId,
            {
              card: heard === undefined ? null : { heard, by: isFetched ? 'dht' : by },
              held: this.#board.of(peerId, agent),
              isContact: this.#isContact(peerId),
            },
            Date.now(),
          );
    const before = this.#catalogue.get(peerId, agent);
    if (seen === null) this.#catalogue.remove(peerId, agent);
    else this.#catalogue.put(seen);
    if (seen !== null || before !== undefined) this.#changed();
  }

  #isContact(peerId: PeerId): boolean {
    return ['known', 'trusted'].includes(this.#modules.peers.trust(peerId));
  }

  #sweep(): void {
    const now = Date.now();
    this.#board.sweep(now);
    for (const { peerId, agent } of this.#fetched.sweep(now)) this.#refresh(peerId, agent);
    for (const [peerId, cards] of this.#cards) {
      for (const { agent, expires } of cards) if (expires <= now) this.#refresh(peerId, agent.name);
    }
  }

  #changed(): void {
    this.#at = Date.now();
    this.#telling ??= setTimeout(() => {
      this.#telling = null;
      this.emit('change', { size: this.size, at: this.#at });
    }, TELL_MS);
    this.#telling.unref();
  }
}

const queryFor = (capability: Capability): RegistryQuery =>
  capability.kind === 'tool' ? { tool: capability.name, limit: 1000 } : { tag: capability.name, limit: 1000 };
