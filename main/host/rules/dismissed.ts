import { z } from 'zod';
import type { FactStore } from '../records/index.ts';

const MAX_KEPT = 200;
const Stored = z.array(z.object({ id: z.string().max(64), approvals: z.int().nonnegative() })).max(MAX_KEPT);
type Stored = z.infer<typeof Stored>;

/**
 * Proposals that the person did not want. One is made again when it would be another rule, or when twice as many
 * answers speak for it. The oldest beyond 200 are forgotten.
 */
export class Dismissed {
  readonly #facts: FactStore;

  constructor(facts: FactStore) {
    this.#facts = facts;
  }

  has(id: string, approvals: number): boolean {
    const one = this.#read().find((dismissed) => dismissed.id === id);
    return one !== undefined && approvals < 2 * Math.max(1, one.approvals);
  }

  add(id: string, approvals: number): void {
    const others = this.#read().filter((dismissed) => dismissed.id !== id);
    const all: Stored = [...others, { id, approvals }].slice(-MAX_KEPT);
    this.#facts.set('dismissedProposals', JSON.stringify(all));
  }

  #read(): Stored {
    const text = this.#facts.get('dismissedProposals');
    if (text === null) return [];
    try {
      return Stored.safeParse(JSON.parse(text)).data ?? [];
    } catch {
      return [];
    }
  }
}
