import { PeerId } from '../../../shared/ids.ts';
import type { Budget, Used } from '../../../shared/rules.ts';
import type { Gate, GateModules } from './index.ts';
import { isEndless, usedUp } from './limits.ts';
import type { UsageClock } from './usage-clock.ts';
import { DAY_MS, type Use, type UsageMeter } from './usage-meter.ts';

const subjectOf = (peerId: PeerId): string => `peer:${peerId}`;
const PREFIX = 'peer:';

interface BudgetOptions extends Pick<GateModules, 'budgets' | 'settings'> {
  readonly meter: UsageMeter;
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

  /** All that the peer may do was allowed, whoever allowed it. */
  count(peerId: PeerId, use: Use): void {
    this.#options.meter.add(subjectOf(peerId), use);
  }

  /** What is used up, so that the peer's calls are refused; null: it may go on. @param at null for now */
  spent(peerId: PeerId, at: number | null): ReturnType<typeof usedUp> {
    const budget = this.#budget(peerId);
    if (budget === null) return null;
    const { meter } = this.#options;
    const usage = at === null ? meter.used(subjectOf(peerId)) : meter.usedAt(subjectOf(peerId), at);
    return usage === null ? null : usedUp(budget, usage.day);
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
    const day = this.#options.meter.used(subjectOf(peerId))?.day;
    const { calls, bytes, seconds } = day ?? { calls: 0, bytes: 0, seconds: 0 };
    return { budget, used: { calls, bytes, seconds }, pausedUntil: this.pausedUntil(peerId) };
  }

  /** Tells of those whose usage has changed, and of pauses that began or are over. */
  tell(changed: readonly string[]): void {
    const peers = new Set<PeerId>();
    for (const subject of changed) {
      if (subject.startsWith(PREFIX)) peers.add(PeerId.parse(subject.slice(PREFIX.length)));
    }
    for (const peerId of this.#paused) if (this.spent(peerId, null) === null) peers.add(peerId);
    for (const peerId of peers) {
      if (this.#budget(peerId) === null && !this.#paused.has(peerId)) continue;
      if (this.spent(peerId, null) === null) this.#paused.delete(peerId);
      else this.#paused.add(peerId);
      this.#options.onChange(peerId);
    }
  }

  #budget(peerId: PeerId): Budget | null {
    const budget = this.#options.budgets().get(peerId) ?? this.#options.settings().budget;
    return budget === null || isEndless(budget) ? null : budget;
  }
}
