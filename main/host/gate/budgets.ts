import { PeerId } from '../../../shared/ids.ts';
import type { Budget, Used } from '../../../shared/rules.ts';
import type { Gate, GateModules } from './index.ts';
import { isEndless, usedUp, type Pending } from './limits.ts';
import type { UsageClock } from './usage-clock.ts';
import { DAY_MS, type UsageMeter } from './usage-meter.ts';

/** All that a peer may do is counted by this, whoever allowed it. */
export const subjectOf = (peerId: PeerId): string => `peer:${peerId}`;
const PREFIX = 'peer:';
const NOTHING: Used = { calls: 0, bytes: 0, seconds: 0 };

interface BudgetOptions extends Pick<GateModules, 'budgets' | 'settings'> {
  readonly meter: UsageMeter;
  readonly pendingOf: (subject: string) => Pending | null;
  readonly clock: UsageClock;
  readonly onChange: (peerId: PeerId) => void;
}

/** What each peer may use in 24 hours, and whether it is paused since that is used up. */
export class Budgets {
  readonly #options: BudgetOptions;
  /** Peers that were told of as paused. */
  readonly #paused = new Set<PeerId>();

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /**
   * What is used up, or may be with what is under way, so that the peer's calls are refused; null: it may go on.
   * @param at null for now
   */
  spent(peerId: PeerId, at: number | null): ReturnType<typeof usedUp> {
    const budget = this.#budget(peerId);
    if (budget === null) return null;
    const { meter, pendingOf } = this.#options;
    const subject = subjectOf(peerId);
    if (at !== null) return usedUp(budget, meter.usedAt(subject, at)?.day ?? NOTHING);
    return usedUp(budget, meter.used(subject)?.day ?? NOTHING, pendingOf(subject));
  }

  /** When the peer may go on, on the wall clock; null: it may now. */
  pausedUntil(peerId: PeerId): number | null {
    const budget = this.#budget(peerId);
    if (budget === null) return null;
    const { meter, clock } = this.#options;
    const isFree = (used: Used): boolean => usedUp(budget, used) === null;
    const freeAt = meter.freeAt(subjectOf(peerId), DAY_MS, isFree);
    return freeAt === null ? null : clock.onWall(freeAt);
  }

  of(peerId: PeerId): ReturnType<Gate['budgetOf']> {
    const budget = this.#budget(peerId);
    if (budget === null) return { budget: null, used: null, pausedUntil: null };
    const { calls, bytes, seconds } = this.#options.meter.used(subjectOf(peerId))?.day ?? NOTHING;
    return { budget, used: { calls, bytes, seconds }, pausedUntil: this.pausedUntil(peerId) };
  }

  /** Tells of those whose usage has changed, and of pauses that began or are over. */
  tell(changed: readonly string[]): void {
    const peers = new Set<PeerId>();
    for (const subject of changed) {
      if (subject.startsWith(PREFIX)) peers.add(PeerId.parse(subject.slice(PREFIX.length)));
    }
    for (const peerId of this.#paused) if (!this.#isPaused(peerId)) peers.add(peerId);
    for (const peerId of peers) {
      if (this.#budget(peerId) === null && !this.#paused.has(peerId)) continue;
      if (this.#isPaused(peerId)) this.#paused.add(peerId);
      else this.#paused.delete(peerId);
      this.#options.onChange(peerId);
    }
  }

  /** Whatever is under way: that ends by itself. */
  #isPaused(peerId: PeerId): boolean {
    const budget = this.#budget(peerId);
    const used = this.#options.meter.used(subjectOf(peerId))?.day ?? NOTHING;
    return budget !== null && usedUp(budget, used) !== null;
  }

  #budget(peerId: PeerId): Budget | null {
    const budget = this.#options.budgets().get(peerId) ?? this.#options.settings().budget;
    return budget === null || isEndless(budget) ? null : budget;
  }
}
