/** No honest message is nested deeper, and a person could not take it in. */
const MAX_DEPTH = 128;

/** Whether a value that was parsed from JSON is nested deeper than 128 levels. Needs no deep stack itself. */
export function isTooDeep(value: unknown, room = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (room === 0) return true;
  const within: unknown[] = Object.values(value);
  return within.some((inner) => isTooDeep(inner, room - 1));
}

/**
 * Whether a value that was parsed from JSON has a canonical form (RFC 8785) that can be shown and signed: nested no
 * deeper than 128 levels, no number beyond all that JSON can write, no broken characters. One walk that makes nothing, for
 * the hot path.
 */
export function canBeCanonical(value: unknown, room = MAX_DEPTH): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (room === 0) return false;
  if (Array.isArray(value)) return value.every((inner) => canBeCanonical(inner, room - 1));
  for (const [name, inner] of Object.entries(value)) {
    if (!name.isWellFormed() || !canBeCanonical(inner, room - 1)) return false;
  }
  return true;
}
