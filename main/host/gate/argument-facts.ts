import { unclearText } from './clear-text.ts';
import { valueAt, type JsonPointer, type Pointed } from './json-pointer.ts';
import { normalPath, type NormalPath } from './normal-path.ts';

/** What is known of one place in the arguments of a call; each found out once, however many rules ask. */
export class Place {
  readonly pointed: Pointed;
  #unclear: string | null | undefined;
  #path: NormalPath | string | undefined;
  #size: number | null | undefined;

  constructor(pointed: Pointed) {
    this.pointed = pointed;
  }

  /** Why a text is unclear; null: it is clear. */
  unclear(text: string): string | null {
    this.#unclear = this.#unclear === undefined ? unclearText(text) : this.#unclear;
    return this.#unclear;
  }

  path(text: string): NormalPath | string {
    this.#path ??= normalPath(text);
    return this.#path;
  }

  /** Bytes as canonical JSON (RFC 8785), which writes values as JSON does; null where it is nested too deeply. */
  size(value: unknown): number | null {
    this.#size = this.#size === undefined ? sizeOf(value) : this.#size;
    return this.#size;
  }
}

/** The arguments of one call, as constraints look at them. */
export class ArgumentFacts {
  readonly #args: Record<string, unknown>;
  readonly #places: (Place | undefined)[] = [];

  constructor(args: Record<string, unknown>) {
    this.#args = args;
  }

  at(pointer: JsonPointer): Place {
    const known = this.#places[pointer.slot];
    if (known !== undefined) return known;
    const place = new Place(valueAt(this.#args, pointer));
    this.#places[pointer.slot] = place;
    return place;
  }
}

function sizeOf(value: unknown): number | null {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '');
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
