import type { ExportedCall } from './exported-calls.ts';
import type { ExportHeader } from './index.ts';

/** The first line says what the others are. */
export const jsonLineHeader = ({ bodies, query, from, at, calls }: ExportHeader): string =>
  `${JSON.stringify({ kind: 'gatehouse-calls', v: 1, at, from, bodies, query, calls })}\n`;

/** One call on one line. Bodies are JSON as text, as they crossed the network. */
export const jsonLineCall = ({ call, ...rest }: ExportedCall): string =>
  `${JSON.stringify({ ...call, ...rest })}\n`;
