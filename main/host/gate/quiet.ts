import type { Hours } from '../../../shared/rules.ts';
import type { GateSettings } from './index.ts';
import { isWithin, nextBegin, spanAt } from './quiet-spans.ts';

type QuietSettings = Pick<GateSettings, 'quietHours' | 'doNotDisturbUntil'>;

export interface QuietOptions {
  readonly now: () => number;
  readonly settings: () => QuietSettings;
  /** Called when it begins and when it ends, and when its end moves. */
  readonly onChange: (until: number | null) => void;
}

/** The clock of the wall may be set, so it is looked at again at least this often while there is anything to wait for. */
const LOOK_AGAIN_MS = 30_000;
/** Quiet hours that follow one another without a gap are one; further than this nobody needs to know. */
const MOST_JOINED = 8;

/** Knows when nobody is to be disturbed, and tells when that begins and ends. */
export class Quiet {
  readonly #options: QuietOptions;
  #told: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #runs = false;

  constructor(options: QuietOptions) {
    this.#options = options;
  }

  start(): void {
    this.#runs = true;
    this.look();
  }

  stop(): void {
    this.#runs = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Until when nobody is to be disturbed; null: now they may be. */
  until(): number | null {
    const { quietHours, doNotDisturbUntil } = this.#options.settings();
    const now = this.#options.now();
    let end = now;
    for (let joined = 0; joined < MOST_JOINED; joined += 1) {
      const further = Math.max(endAt(quietHours, end), doNotDisturbUntil ?? 0);
      if (further <= end) break;
      end = further;
    }
    return end > now ? end : null;
  }

  /** What would have to be asked about at that time is refused. */
  refuses(at: number): boolean {
    const { quietHours } = this.#options.settings();
    return quietHours !== null && quietHours.refuse && isWithin(quietHours, at);
  }

  /** Tells if anything has changed, and looks again when it next will. Call it when the settings have changed. */
  look(): void {
    const until = this.until();
    if (until !== this.#told) {
      this.#told = until;
      this.#options.onChange(until);
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#runs) return;
    const { quietHours } = this.#options.settings();
    const next = until ?? (quietHours === null ? null : nextBegin(quietHours, this.#options.now()));
    if (next === null) return;
    const wait = Math.min(Math.max(next - this.#options.now(), 1), LOOK_AGAIN_MS);
    this.#timer = setTimeout(() => this.look(), wait).unref();
  }
}

const endAt = (hours: Hours | null, at: number): number =>
  hours === null ? at : (spanAt(hours, at)?.ends ?? at);
