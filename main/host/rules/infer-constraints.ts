import type { Constraint } from '../../../shared/rules.ts';
import { MAX_NAMED, type ArgumentEvidence, type PlaceEvidence } from './argument-evidence.ts';

/** Texts that a rule names one by one, in characters. */
const MAX_SHORT = 100;
/** Texts that a rule can name at all. */
const MAX_TEXT = 4000;
/** Names of the folder that a rule lets in; a shallower one holds too much. */
const MIN_DEPTH = 2;
const MIN_BEGINNING = 3;
/** Where persons have their home directories. */
const HOMES = /^\/(home|Users|var\/home)(\/[^/]+)?$/;
const DELIMITERS = ' /:.,;_-=?&#|@';

/**
 * The narrowest constraints that all calls of one shape meet. The last bounds the whole, so that nothing can be added
 * that was never there; it cannot keep somebody from adding an argument of the size that another leaves free.
 * Null where nothing narrow covers them: files all over the disk, or addresses of several hosts.
 */
export function inferConstraints(evidence: ArgumentEvidence, home: string): Constraint[] | null {
  const constraints: Constraint[] = [];
  for (const place of evidence.places()) {
    const constraint = constraintFor(place, home);
    if (constraint === null) return null;
    constraints.push(constraint);
  }
  return [...constraints, { kind: 'max-size', at: '', bytes: Math.max(1, evidence.bytes) }];
}

function constraintFor(place: PlaceEvidence, home: string): Constraint | null {
  const { at, type, values } = place;
  const [only] = values;
  if (values.size === 1 && only !== undefined && (typeof only !== 'string' || only.length <= MAX_TEXT)) {
    return { kind: 'equals', at, value: only };
  }
  switch (type) {
    case 'boolean':
    case 'null':
      return { kind: 'one-of', at, values: sorted(values) };
    case 'number':
      return { kind: 'range', at, min: place.min, max: place.max };
    case 'text':
      return textConstraint(place, home);
    case 'other':
      return { kind: 'max-size', at, bytes: roundedUp(place.bytes) };
    default:
      return type satisfies never;
  }
}

function textConstraint(place: PlaceEvidence, home: string): Constraint | null {
  const { at, values } = place;
  const folder = place.folder === null ? null : folderText(place.folder, home);
  if (folder !== null) return { kind: 'path', at, glob: `${folder}/**` };
  const areShort = [...values].every((value) => typeof value === 'string' && value.length <= MAX_SHORT);
  if (values.size <= MAX_NAMED && areShort) return { kind: 'one-of', at, values: sorted(values) };
  const prefix = beginning(place);
  if (prefix !== null) return { kind: 'prefix', at, prefix };
  // Any file, or any address, is not what the person has allowed.
  if (place.areAddresses || (place.common ?? '').startsWith('/')) return null;
  return { kind: 'max-size', at, bytes: roundedUp(place.bytes) };
}

/** The folder that holds all, where it is narrow enough. */
function folderText(names: readonly string[], home: string): string | null {
  const folder = `/${names.join('/')}`;
  const isWide = names.length < MIN_DEPTH || HOMES.test(folder) || home === folder;
  return isWide || home.startsWith(`${folder}/`) ? null : folder;
}

/** What all texts begin with, up to a delimiter; of addresses at least the whole host. */
function beginning({ common, areAddresses }: PlaceEvidence): string | null {
  if (common === null || common.startsWith('/')) return null;
  let end = common.length;
  while (end > 0 && !DELIMITERS.includes(common[end - 1] ?? '')) end -= 1;
  const cut = common.slice(0, end);
  if (!areAddresses) return cut.length >= MIN_BEGINNING ? cut : null;
  const host = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\]+\//.exec(cut);
  // No deeper than a slash: a beginning of a name is none of a host's parts.
  return host === null ? null : cut.slice(0, cut.lastIndexOf('/') + 1);
}

/** The next number with two digits that count: 1,234 becomes 1,300. */
function roundedUp(bytes: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, bytes))) - 1);
  return Math.ceil(Math.max(1, bytes) / unit) * unit;
}

const sorted = (values: ReadonlySet<PlaceEvidence['values'] extends Set<infer V> ? V : never>) =>
  [...values].toSorted((one, other) => (String(one) < String(other) ? -1 : 1));
