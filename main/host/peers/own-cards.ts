import type { AgentView } from '../../../shared/agents.ts';
import type { AgentCard } from '../../../shared/cards.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { describeAgent, signCard } from '../identity/index.ts';
import { RisingSequence } from '../rising-sequence.ts';
import type { PeersModules } from './index.ts';

/** How long a card is good for. It is signed anew after half of that. */
const CARD_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Keeps a signed card for each running agent, so that answering a peer costs nothing. */
export class OwnCards {
  readonly #modules: Pick<PeersModules, 'agents' | 'identity' | 'facts'>;
  readonly #cards = new Map<AgentName, { card: AgentCard; content: string; announced: boolean }>();
  readonly #sequence: RisingSequence;
  #timer: NodeJS.Timeout | undefined;
  readonly #onAgent = (name: AgentName, view: AgentView | null): void => this.#take(name, view, false);

  constructor(modules: Pick<PeersModules, 'agents' | 'identity' | 'facts'>) {
    this.#modules = modules;
    this.#sequence = new RisingSequence(modules.facts, 'cardSequence');
  }

  start(): void {
    const { agents } = this.#modules;
    agents.on('agent', this.#onAgent);
    for (const view of agents.list()) this.#take(view.name, view, false);
    this.#timer = setInterval(() => {
      for (const view of agents.list()) this.#take(view.name, view, true);
    }, CARD_LIFETIME_MS / 2);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#modules.agents.off('agent', this.#onAgent);
  }

  /** Contacts see every agent, others those that are announced. Seeing one is not being allowed to call it. */
  visibleTo(contact: boolean): AgentCard[] {
    return [...this.#cards.values()].filter(({ announced }) => contact || announced).map(({ card }) => card);
  }

  /** An agent whose card cannot be made is not shown to peers; it must not bring the host down. */
  #take(name: AgentName, view: AgentView | null, renew: boolean): void {
    try {
      this.#issue(name, view, renew);
    } catch {
      this.#cards.delete(name);
    }
  }

  #issue(name: AgentName, view: AgentView | null, renew: boolean): void {
    if (view === null || view.state !== 'running' || view.server === null) {
      this.#cards.delete(name);
      return;
    }
    const { identity } = this.#modules;
    const facts = {
      name,
      description: view.description,
      version: view.server.version,
      tags: view.tags,
      tools: view.tools.map(({ name: tool, title, description, pin }) => ({
        name: tool,
        title,
        description,
        pin,
      })),
    };
    const content = JSON.stringify(facts);
    const known = this.#cards.get(name);
    if (!renew && known?.content === content) {
      known.announced = view.announced;
      return;
    }
    const expires = new Date(Date.now() + CARD_LIFETIME_MS);
    const card = describeAgent(facts, { peerId: identity.peerId, sequence: this.#sequence.next(), expires });
    this.#cards.set(name, { card: signCard(card, identity), content, announced: view.announced });
  }
}
