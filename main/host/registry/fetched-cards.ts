import type { AgentName, PeerId } from '../../../shared/ids.ts';
import { readCards, type HeardCard } from '../peers/index.ts';
import type { RegistryModules } from './index.ts';

/** Peers that are asked at one time; each may have to be dialled first. */
const MAX_PARALLEL = 8;
/** Peers whose cards are kept; whoever was asked first is forgotten first. */
const MAX_PEERS = 500;
/** Characters of all cards that are kept, as JSON. */
const MAX_SIZE = 8 * 1024 * 1024;
/** Once one has answered, how long the others may take. Whoever is not there would keep a person waiting. */
const GRACE_MS = 1500;
const LIMITS = { cards: 32, tools: 200, size: 128 * 1024 };

/** Cards of peers that a look-up led to, as they gave them themselves. */
export class FetchedCards {
  readonly #network: RegistryModules['network'];
  readonly #cards = new Map<PeerId, readonly HeardCard[]>();
  readonly #sizes = new Map<PeerId, number>();
  #size = 0;

  constructor({ network }: Pick<RegistryModules, 'network'>) {
    this.#network = network;
  }

  of(peerId: PeerId, agent: AgentName): HeardCard | undefined {
    return this.#cards.get(peerId)?.find((card) => card.agent.name === agent);
  }

  forgetPeer(peerId: PeerId): void {
    this.#cards.delete(peerId);
    this.#size -= this.#sizes.get(peerId) ?? 0;
    this.#sizes.delete(peerId);
  }

  #keep(peerId: PeerId, cards: readonly HeardCard[]): void {
    this.forgetPeer(peerId);
    if (cards.length === 0) return;
    const size = JSON.stringify(cards).length;
    this.#cards.set(peerId, cards);
    this.#sizes.set(peerId, size);
    this.#size += size;
  }

  /** Forgets what has expired. @returns whose agents those are */
  sweep(now: number): { peerId: PeerId; agent: AgentName }[] {
    const gone: { peerId: PeerId; agent: AgentName }[] = [];
    for (const [peerId, cards] of this.#cards) {
      const left = cards.filter(({ expires }) => expires > now);
      if (left.length === cards.length) continue;
      for (const card of cards) if (card.expires <= now) gone.push({ peerId, agent: card.agent.name });
      if (left.length === 0) this.forgetPeer(peerId);
      else this.#cards.set(peerId, left);
    }
    return gone;
  }

  /** Asks each for its cards. Who does not answer is passed over. `onCards` is told of all agents that changed. */
  async fetch(
    peerIds: readonly PeerId[],
    signal: AbortSignal,
    onCards: (peerId: PeerId, agents: AgentName[]) => void,
  ): Promise<void> {
    const left = [...peerIds];
    const enough = new AbortController();
    const stop = (): void => enough.abort(new Error('The look-up is over.'));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    let grace: NodeJS.Timeout | undefined;
    const work = async (): Promise<void> => {
      for (;;) {
        const peerId = left.shift();
        if (peerId === undefined || enough.signal.aborted) return;
        const before = this.#cards.get(peerId) ?? [];
        const cards = await this.#ask(peerId, enough.signal);
        if (cards === null) continue;
        this.#keep(peerId, cards);
        if (cards.length > 0) grace ??= setTimeout(stop, GRACE_MS);
        onCards(peerId, namesOf([...before, ...cards]));
        this.#bound(onCards);
      }
    };
    try {
      await Promise.all(Array.from({ length: MAX_PARALLEL }, work));
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', stop);
    }
  }

  async #ask(peerId: PeerId, signal: AbortSignal): Promise<HeardCard[] | null> {
    try {
      // Who we are is none of their business: the name is left out.
      const request = { name: '', introduce: false };
      const { cards } = await this.#network.fetchCards(peerId, request, { signal, from: 'found' });
      return readCards(cards, peerId, LIMITS);
    } catch {
      // It is not there, or does not want to speak with us; others may.
      return null;
    }
  }

  #bound(onCards: (peerId: PeerId, agents: AgentName[]) => void): void {
    while (this.#cards.size > MAX_PEERS || this.#size > MAX_SIZE) {
      const [first] = this.#cards;
      if (first === undefined) return;
      const [peerId, cards] = first;
      this.forgetPeer(peerId);
      onCards(peerId, namesOf(cards));
    }
  }
}

const namesOf = (cards: readonly HeardCard[]): AgentName[] => [
  ...new Set(cards.map(({ agent }) => agent.name)),
];
