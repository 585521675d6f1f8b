import type { AgentView } from '../../../shared/agents.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { ANNOUNCEMENT_LIFETIME_MS } from '../../../shared/wire.ts';
import { RisingSequence } from '../rising-sequence.ts';
import { announce, tombstone, type Announced } from './announcement.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { RegistryModules } from './index.ts';

const RENEW_MS = ANNOUNCEMENT_LIFETIME_MS / 3;
/** Hosts that were started together must not all speak at once. */
const JITTER = 0.1;
/** A change is told once no other has come for so long. */
const SETTLE_MS = 1000;
/** Of this host; others keep no more of one peer. */
const MAX_ANNOUNCED = 32;

interface Standing {
  readonly content: string;
  readonly text: string;
  readonly expires: number;
}

/** Tells the network of our announced agents while they run, and that they are gone when they do not. */
export class OwnAnnouncements {
  readonly #modules: Pick<RegistryModules, 'network' | 'agents' | 'identity' | 'facts'>;
  readonly #sequence: RisingSequence;
  readonly #standing = new Map<AgentName, Standing>();
  /** Tombstones that may still be news to somebody. */
  readonly #gone = new Map<AgentName, Standing>();
  #settling: NodeJS.Timeout | null = null;
  #renewal: NodeJS.Timeout | undefined;
  #capabilities = '[]';
  readonly #onAgent = (): void => this.#settle();

  constructor(modules: Pick<RegistryModules, 'network' | 'agents' | 'identity' | 'facts'>) {
    this.#modules = modules;
    this.#sequence = new RisingSequence(modules.facts, 'announcementSequence');
  }

  start(): void {
    this.#modules.agents.on('agent', this.#onAgent);
    this.#say(false);
    this.#planRenewal();
  }

  /** Takes everything back that was said. */
  stop(): void {
    this.#modules.agents.off('agent', this.#onAgent);
    if (this.#settling !== null) clearTimeout(this.#settling);
    clearTimeout(this.#renewal);
    for (const name of [...this.#standing.keys()]) this.#bury(name);
    this.#modules.network.provide([]);
  }

  texts(): string[] {
    const now = Date.now();
    for (const [name, { expires }] of this.#gone) if (expires <= now) this.#gone.delete(name);
    return [...this.#standing.values(), ...this.#gone.values()].map(({ text }) => text);
  }

  #settle(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = null;
      this.#say(false);
    }, SETTLE_MS);
  }

  #planRenewal(): void {
    this.#renewal = setTimeout(
      () => {
        this.#say(true);
        this.#planRenewal();
      },
      RENEW_MS * (1 - JITTER * Math.random()),
    );
    this.#renewal.unref();
  }

  #say(renew: boolean): void {
    const { agents, network } = this.#modules;
    const announced = agents
      .list()
      .filter((view) => view.announced && view.state === 'running')
      .slice(0, MAX_ANNOUNCED)
      .map(announcedOf);
    const names = new Set(announced.map(({ agent }) => agent));
    for (const name of [...this.#standing.keys()]) if (!names.has(name)) this.#bury(name);
    for (const agent of announced) this.#tell(agent, renew);
    const capabilities = capabilitiesOf(announced);
    const text = JSON.stringify(capabilities);
    if (text === this.#capabilities) return;
    this.#capabilities = text;
    network.provide(capabilities);
  }

  #tell(agent: Announced, renew: boolean): void {
    const { identity, network } = this.#modules;
    const content = JSON.stringify(agent);
    if (!renew && this.#standing.get(agent.agent)?.content === content) return;
    const now = Date.now();
    const text = announce(agent, { sequence: this.#sequence.next(), now }, identity);
    this.#standing.set(agent.agent, { content, text, expires: now + ANNOUNCEMENT_LIFETIME_MS });
    this.#gone.delete(agent.agent);
    network.publish(text);
  }

  #bury(agent: AgentName): void {
    const { identity, network } = this.#modules;
    const now = Date.now();
    const text = tombstone(agent, { sequence: this.#sequence.next(), now }, identity);
    this.#standing.delete(agent);
    this.#gone.set(agent, { content: '', text, expires: now + ANNOUNCEMENT_LIFETIME_MS });
    network.publish(text);
  }
}

const announcedOf = (view: AgentView): Announced => ({
  agent: view.name,
  description: view.description,
  version: view.server?.version ?? '',
  tools: view.tools.map(({ name }) => name),
  tags: view.tags,
});
