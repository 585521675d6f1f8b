export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a parsed JSON value has more than `levels` arrays and objects within each other. Stops at the first such. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (!Array.isArray(value)) return Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
  // By index: this is walked for each message of more than a few hundred characters.
  for (let i = 0; i < value.length; i += 1) {
    const inner: unknown = value[i];
    if (typeof inner === 'object' && nestsDeeper(inner, levels - 1)) return true;
  }
  return false;
}
