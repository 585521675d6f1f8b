import { randomFillSync } from 'node:crypto';

const TICKET_BYTES = 16;
const BLOCK_BYTES = 256 * TICKET_BYTES;

/** Makes tickets that nobody can guess: 128 random bits each, taken from the system a block at a time. */
export class TicketSource {
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #at = BLOCK_BYTES;

  next(): string {
    if (this.#at >= BLOCK_BYTES) {
      randomFillSync(this.#block);
      this.#at = 0;
    }
    const ticket = this.#block.toString('base64url', this.#at, this.#at + TICKET_BYTES);
    // Nothing of it stays behind here.
    this.#block.fill(0, this.#at, this.#at + TICKET_BYTES);
    this.#at += TICKET_BYTES;
    return ticket;
  }
}
