import canonicalize from 'canonicalize';
import type { Scalar } from '../../../shared/rules.ts';
import { isRecord } from './is-record.ts';

/** What was seen at one place of the arguments, over all like calls. Bounded, however many there are. */
export interface PlaceEvidence {
  readonly at: string;
  readonly type: 'text' | 'number' | 'boolean' | 'null' | 'other';
  /** Different values, up to one more than a rule would name. */
  readonly values: Set<Scalar>;
  /** Texts: the longest beginning that all have. */
  common: string | null;
  /** Texts that are absolute paths: the names of the folder that holds all. Null: one of them is none. */
  folder: string[] | null;
  /** All are addresses with a scheme, such as `https://…`. */
  areAddresses: boolean;
  min: number;
  max: number;
  /** Largest size as canonical JSON, in bytes. */
  bytes: number;
}

/** As many values as a rule names one by one. */
export const MAX_NAMED = 5;
/** A rule has at most 16 constraints, one of them on the whole. */
const MAX_PLACES = 15;
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//;

interface Seen {
  readonly at: string;
  readonly value: unknown;
}

/**
 * The places of some arguments: each top-level one, and those one level deeper. Null where they are too many for one
 * rule.
 */
function placesOf(args: Record<string, unknown>): Seen[] | null {
  const places: Seen[] = [];
  for (const [name, value] of Object.entries(args)) {
    const at = `/${escaped(name)}`;
    if (!isRecord(value) || Object.keys(value).length === 0) places.push({ at, value });
    else
      for (const [inner, member] of Object.entries(value))
        places.push({ at: `${at}/${escaped(inner)}`, value: member });
    if (places.length > MAX_PLACES) return null;
  }
  return places.every(({ at }) => at.length <= 500) ? places : null;
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function typeOf(value: unknown): PlaceEvidence['type'] {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return 'other';
}

/**
 * What calls of one shape have in common. Calls with other arguments, or of other types, are of another shape: so a
 * rule made of this can ask something of every argument that was seen, and none of those is optional.
 */
export class ArgumentEvidence {
  readonly #places: Map<string, PlaceEvidence>;
  /** Largest size of the whole, in bytes. */
  bytes = 0;

  /** A name for the shape of arguments; null where no rule could narrow them, or they have no canonical form. */
  static shapeOf(args: Record<string, unknown>): string | null {
    const places = placesOf(args);
    if (places === null || sizeOf(args) === null) return null;
    return JSON.stringify(
      places
        .map(({ at, value }) => [at, typeOf(value)] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  }

  /** @param args of the first call of this shape */
  constructor(args: Record<string, unknown>) {
    const blank = (placesOf(args) ?? []).map(({ at, value }): [string, PlaceEvidence] => [
      at,
      {
        at,
        type: typeOf(value),
        values: new Set(),
        common: null,
        folder: typeof value === 'string' ? foldersOf(value) : null,
        areAddresses: true,
        min: Number.POSITIVE_INFINITY,
        max: Number.NEGATIVE_INFINITY,
        bytes: 0,
      },
    ]);
    this.#places = new Map(blank);
    this.add(args);
  }

  /** In a stable order. */
  places(): PlaceEvidence[] {
    return [...this.#places.values()].toSorted((one, other) => (one.at < other.at ? -1 : 1));
  }

  add(args: Record<string, unknown>): void {
    this.bytes = Math.max(this.bytes, sizeOf(args) ?? 0);
    for (const { at, value } of placesOf(args) ?? []) {
      const place = this.#places.get(at);
      if (place === undefined) continue;
      place.bytes = Math.max(place.bytes, sizeOf(value) ?? 0);
      if (isScalar(value) && place.values.size <= MAX_NAMED) place.values.add(value);
      if (typeof value === 'number') {
        place.min = Math.min(place.min, value);
        place.max = Math.max(place.max, value);
      }
      if (typeof value === 'string') addText(place, value);
    }
  }
}

function addText(place: PlaceEvidence, text: string): void {
  place.common = place.common === null ? text.slice(0, 1000) : commonBeginning(place.common, text);
  place.areAddresses &&= ADDRESS.test(text);
  const names = foldersOf(text);
  if (place.folder === null || names === null) place.folder = null;
  else {
    const { folder } = place;
    const end = folder.findIndex((name, index) => name !== names[index]);
    place.folder = end === -1 ? folder : folder.slice(0, end);
  }
}

/**
 * The names of an absolute path without detours; all of them, since only where two paths part does their folder show.
 * Null for what is no such path, or not a clear one.
 */
function foldersOf(text: string): string[] | null {
  if (!text.startsWith('/') || text.length > 4096 || /[\\*%]/.test(text)) return null;
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  return names.includes('..') ? null : names;
}

function commonBeginning(one: string, other: string): string {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return one.slice(0, at);
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

function sizeOf(value: unknown): number | null {
  try {
    const text = canonicalize(value);
    return text === undefined ? null : Buffer.byteLength(text);
  } catch {
    return null;
  }
}
