const PAGE_BITS = 1 << 15;

/** A set of positive integers: a bit each where they are dense. */
export class IdSet {
  readonly #pages = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(id: number): void {
    const number = Math.floor(id / PAGE_BITS);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_BITS / 8);
      this.#pages.set(number, page);
    }
    const [byte, bit] = placeOf(id);
    const before = page[byte] ?? 0;
    if ((before & bit) !== 0) return;
    page[byte] = before | bit;
    this.#size += 1;
  }

  has(id: number): boolean {
    const [byte, bit] = placeOf(id);
    return ((this.#pages.get(Math.floor(id / PAGE_BITS))?.[byte] ?? 0) & bit) !== 0;
  }
}

function placeOf(id: number): [number, number] {
  const at = id % PAGE_BITS;
  return [at >> 3, 1 << (at & 7)];
}
