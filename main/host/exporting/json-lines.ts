import { jsonLine } from '../../../shared/json-line.ts';
import type { ExportedCall } from './exported-calls.ts';
import type { ExportHeader } from './index.ts';

/** The first line says what the others are. */
export const jsonLineHeader = ({ bodies, query, from, at, calls }: ExportHeader): string =>
  `${jsonLine({ kind: 'gatehouse-calls', v: 1, at, from, bodies, query, calls })}\n`;

/** One call on one line, with nothing in it that hides or steers. Bodies are JSON as text, as they crossed the network. */
export const jsonLineCall = ({ call, ...rest }: ExportedCall): string =>
  `${jsonLine({ ...call, ...rest })}\n`;
