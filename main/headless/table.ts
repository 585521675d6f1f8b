/** No cell is shown wider than this, in characters; `--json` gives everything. */
const MAX_CELL = 80;

/**
 * Rows in aligned columns under a header, each line ended by a newline. Cells must have been made visible
 * before: a line break in one would break the row.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map(cut));
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns a text takes, counting one for each character a person sees. */
function width(text: string): number {
  let count = 0;
  for (const _ of graphemes.segment(text)) count += 1;
  return count;
}

function cut(cell: string): string {
  if (cell.length <= MAX_CELL) return cell;
  return `${[...cell].slice(0, MAX_CELL - 1).join('')}…`;
}
