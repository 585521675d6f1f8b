import type { Tool } from '../../../shared/agents.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';

/** Agents whose tools are remembered, and tools of each. */
const MAX_AGENTS = 64;
const MAX_TOOLS = 200;

/**
 * The tools of peers that may be called a second time where the first came to an unknown end: they say that they only
 * read, or that twice is as good as once. This is not the gate, where a peer's hints lower nothing: what a second call
 * could harm is the peer's own, and so is the word on it. Only an authenticated list is believed.
 */
export class RepeatableTools {
  readonly #known = new Map<string, ReadonlySet<string>>();

  /** Takes the place of what was known of the agent. */
  learn(peerId: PeerId, agent: AgentName, tools: readonly Tool[]): void {
    const key = `${peerId} ${agent}`;
    this.#known.delete(key);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MAX_AGENTS) this.#known.delete(oldest);
    const repeatable = tools.filter(({ annotations }) => annotations.readOnly || annotations.idempotent);
    this.#known.set(key, new Set(repeatable.slice(0, MAX_TOOLS).map(({ name }) => name)));
  }

  has(peerId: PeerId, agent: AgentName, tool: string): boolean {
    return this.#known.get(`${peerId} ${agent}`)?.has(tool) ?? false;
  }
}
