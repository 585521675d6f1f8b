import encodeQR from 'qr';

/** Light modules around a code, as ISO/IEC 18004 asks for. */
const QUIET = 4;
/** Longer texts get the lowest correction, or their modules would be too small for a camera. */
const LONG = 300;

export interface QrPath {
  /** Width and height of the whole in modules, quiet zone included. */
  readonly size: number;
  /** The dark modules, as an SVG path with one rectangle for each run. */
  readonly path: string;
}

/** A QR code of a text of up to 2,000 characters. Pure. */
export function qrPath(text: string): QrPath {
  const rows = encodeQR(text, 'raw', { ecc: text.length > LONG ? 'low' : 'medium', border: QUIET });
  const runs = rows.flatMap((row, y) => {
    const found: string[] = [];
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x += 1;
      const length = (x - from + 1).toString();
      found.push(`M${from.toString()} ${y.toString()}h${length}v1h-${length}z`);
    }
    return found;
  });
  return { size: rows.length, path: runs.join('') };
}
