import type { LogLine } from '../../../shared/agents.ts';
import { cutText } from '../cut-text.ts';

/** The last lines of one agent. */
export class LogRing {
  readonly #maxLines: number;
  readonly #maxLength: number;
  #lines: LogLine[] = [];

  constructor(maxLines: number, maxLength: number) {
    this.#maxLines = maxLines;
    this.#maxLength = maxLength;
  }

  add(from: LogLine['from'], text: string): void {
    const cut =
      text.length > this.#maxLength
        ? `${cutText(text, this.#maxLength)}… (${text.length - this.#maxLength} more characters)`
        : text.toWellFormed();
    this.#lines.push({ at: Date.now(), from, text: cut });
    if (this.#lines.length > this.#maxLines) this.#lines.shift();
  }

  list(): LogLine[] {
    return this.#lines.slice();
  }

  /** The last thing it wrote to stderr since `from`, for a sentence on why it ended; at most 200 characters. */
  lastWords(since: number): string | null {
    const line = this.#lines.findLast((l) => l.from === 'stderr' && l.at >= since && l.text.trim() !== '');
    return line === undefined ? null : cutText(line.text.trim(), 200);
  }
}
