/** No honest message is nested deeper, and a person could not take it in. */
const MAX_DEPTH = 128;

/** Whether a value that was parsed from JSON is nested deeper than 128 levels. Needs no deep stack itself. */
export function isTooDeep(value: unknown, room = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (room === 0) return true;
  const within: unknown[] = Object.values(value);
  return within.some((inner) => isTooDeep(inner, room - 1));
}
