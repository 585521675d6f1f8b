const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** 30 days, as the contract has it. */
export const MAX_SECONDS = 30 * 86_400;

/** Seconds of `45s`, `10m`, `1h` or `1d`; null where it is none, is zero, or is more than 30 days. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,7})([smhd])$/.exec(text.trim());
  if (match === null) return null;
  const seconds = Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
  return seconds >= 1 && seconds <= MAX_SECONDS ? seconds : null;
}

/** A span in its largest whole unit: `45 s`, `12 min`, `3 h`, `5 d`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
