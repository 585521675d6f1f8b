interface BehindItProps {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** The numbers that a plot is drawn from, as a table. */
export const BehindIt = ({ caption, head, rows }: BehindItProps) => (
  <details>
    <summary className="cursor-default text-sm text-accent select-none hover:underline">As a table</summary>
    <div
      role="region"
      aria-label={caption}
      tabIndex={0}
      className="relative mt-2 max-h-72 overflow-auto rounded-md border border-line bg-surface"
    >
      <table className="numbers w-full text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr className="border-b border-line text-left text-dim">
            {head.map((name) => (
              <th key={name} scope="col" className="px-3 py-1.5 font-normal whitespace-nowrap">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...others], index) => (
            <tr key={index} className="border-line not-last:border-b">
              <th scope="row" className="px-3 py-1 text-left font-normal whitespace-nowrap">
                {first}
              </th>
              {others.map((value, column) => (
                <td key={column} className="px-3 py-1 whitespace-nowrap">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </details>
);
