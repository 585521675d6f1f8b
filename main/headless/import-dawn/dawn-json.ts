/** The fields of a JSON object. A map, so that no name in it means anything to us. */
export type JsonObject = ReadonlyMap<string, unknown>;

/** Undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Null where it is no object. */
export const fieldsOf = (value: unknown): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map<string, unknown>(Object.entries(value))
    : null;

/** Null where it is no list. */
export const listOf = (value: unknown): readonly unknown[] | null => (Array.isArray(value) ? value : null);
