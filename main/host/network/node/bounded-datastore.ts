import { MemoryDatastore } from 'datastore-core/memory';

type Key = Parameters<MemoryDatastore['put']>[0];

/** What one entry takes besides its value, roughly. */
const ENTRY_BYTES = 256;

/**
 * Where libp2p keeps what it learns of peers, and what peers store with us through the DHT. Those could fill the
 * memory; beyond the bound the entries that were written longest ago are forgotten.
 */
export class BoundedDatastore extends MemoryDatastore {
  readonly #maxBytes: number;
  /** In the order in which they were last written. */
  readonly #sizes = new Map<string, { key: Key; bytes: number }>();
  #total = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override put(
    ...[key, value, options]: Parameters<MemoryDatastore['put']>
  ): ReturnType<MemoryDatastore['put']> {
    this.#forget(key);
    const bytes = ENTRY_BYTES + value.byteLength;
    this.#sizes.set(key.toString(), { key, bytes });
    this.#total += bytes;
    const done = super.put(key, value, options);
    for (const oldest of this.#sizes.values()) {
      if (this.#total <= this.#maxBytes) break;
      void this.delete(oldest.key);
    }
    return done;
  }

  override delete(...[key, options]: Parameters<MemoryDatastore['delete']>): void | Promise<void> {
    this.#forget(key);
    return super.delete(key, options);
  }

  #forget(key: Key): void {
    const known = this.#sizes.get(key.toString());
    if (known === undefined) return;
    this.#total -= known.bytes;
    this.#sizes.delete(key.toString());
  }
}
