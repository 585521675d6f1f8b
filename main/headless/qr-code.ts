import { encodeQR } from 'qr';

/** Light on dark, whatever the colours of the terminal are. */
const LIGHT_ON_DARK = '\u001b[97;40m';
const AS_BEFORE = '\u001b[0m';

/** A QR code (ISO/IEC 18004) drawn with half blocks, two modules to a character. */
export function drawCode(text: string): { readonly text: string; readonly columns: number } {
  const lines = encodeQR(text, 'ascii', { ecc: 'low' }).split('\n');
  while (lines.at(-1) === '') lines.pop();
  return {
    text: lines.map((line) => `${LIGHT_ON_DARK}${line}${AS_BEFORE}`).join('\n'),
    columns: Math.max(...lines.map((line) => [...line].length)),
  };
}
