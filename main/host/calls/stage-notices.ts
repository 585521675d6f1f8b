import type { Params } from './mcp-message.ts';
import { STAGE_META } from '../../../shared/wire.ts';

/** How often a caller that waits for a person is told that it still does. */
const WAITING_NOTICE_MS = 15_000;

/** Where a call stands, as its caller is told. */
type Stage =
  | { readonly stage: 'waiting' | 'reviewing'; readonly deadline: number }
  | { readonly stage: 'running'; readonly changed?: true };

const WORDS: Readonly<Record<Stage['stage'], string>> = {
  waiting: 'Waiting for the person at the other side to decide.',
  running: 'Allowed. The agent is working.',
  reviewing: 'The agent has answered, and the person at the other side looks at the answer first.',
};

/** The progress notifications of one call: ours, and the agent's among them. */
export class StageNotices {
  readonly #tell: (params: Params) => void;
  #now: Stage | null = null;
  #progress = 0;
  /** What the agent's own progress is added to, since progress must rise (MCP, Progress). */
  #base = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (params: Params) => void) {
    this.#tell = tell;
  }

  stage(now: Stage): void {
    this.#now = now;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.again();
    if (now.stage === 'running') return;
    this.#timer = setInterval(() => this.again(), WAITING_NOTICE_MS);
    this.#timer.unref();
  }

  /** Tells it once more, for who has just come back. */
  again(): void {
    const now = this.#now;
    if (now === null) return;
    this.#progress += 1;
    if (now.stage === 'running') this.#base = this.#progress;
    const message =
      now.stage === 'running' && now.changed === true
        ? 'Allowed, with other arguments. The agent is working.'
        : WORDS[now.stage];
    this.#tell({ progress: this.#progress, message, _meta: { [STAGE_META]: now } });
  }

  /** What the agent itself says of its progress. */
  forward({ progress, total, message }: Params): void {
    if (typeof progress !== 'number') return;
    this.#progress = Math.max(this.#progress, this.#base + progress);
    this.#tell({
      progress: this.#base + progress,
      ...(typeof total === 'number' ? { total: this.#base + total } : {}),
      ...(typeof message === 'string' ? { message } : {}),
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
