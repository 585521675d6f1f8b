const PAGE_BITS = 1 << 15;
/** Of a page with fewer only these are kept, so that numbers far apart take no page each. */
const FEW = 64;

/** A set of positive integers: a bit each where they are dense. */
export class IdSet {
  readonly #pages = new Map<number, Set<number> | Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(id: number): void {
    if (this.has(id)) return;
    this.#size += 1;
    const number = Math.floor(id / PAGE_BITS);
    let page = this.#pages.get(number);
    if (page === undefined) this.#pages.set(number, (page = new Set()));
    if (page instanceof Set) {
      if (page.size < FEW) {
        page.add(id);
        return;
      }
      const dense = new Uint8Array(PAGE_BITS / 8);
      for (const one of page) setBit(dense, one);
      this.#pages.set(number, (page = dense));
    }
    setBit(page, id);
  }

  has(id: number): boolean {
    const page = this.#pages.get(Math.floor(id / PAGE_BITS));
    if (page === undefined) return false;
    if (page instanceof Set) return page.has(id);
    const [byte, bit] = placeOf(id);
    return ((page[byte] ?? 0) & bit) !== 0;
  }
}

function setBit(page: Uint8Array, id: number): void {
  const [byte, bit] = placeOf(id);
  page[byte] = (page[byte] ?? 0) | bit;
}

function placeOf(id: number): [number, number] {
  const at = id % PAGE_BITS;
  return [at >> 3, 1 << (at & 7)];
}
