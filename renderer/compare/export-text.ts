/** What was measured, as text for other programs. Pure. */
import type { Comparison, PastComparison } from '../../shared/compare.ts';

export const asJson = (measured: Comparison | PastComparison): string =>
  `${JSON.stringify(measured, null, 2)}\n`;
