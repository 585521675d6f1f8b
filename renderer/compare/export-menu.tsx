import { Toast } from '@base-ui/react/toast';
import { ChevronDown } from 'lucide-react';
import type { Comparison, PastComparison } from '../../shared/compare.ts';
import { buttonClass } from '../parts/button.tsx';
import { Menu, type MenuEntry } from '../parts/menu.tsx';
import { waysAsCsv } from '../../shared/compare-csv.ts';

const asJson = (measured: Comparison | PastComparison): string => `${JSON.stringify(measured, null, 2)}\n`;

/** Saves or copies what was measured. */
export function ExportMenu({ measured }: { measured: Comparison | PastComparison }) {
  const { add } = Toast.useToastManager();
  const copy = (text: string, what: string) => {
    navigator.clipboard.writeText(text).then(
      () => add({ title: `Copied as ${what}`, timeout: 4000 }),
      () => add({ title: `Could not copy as ${what}`, timeout: 12_000, priority: 'high' }),
    );
  };
  const saves: readonly MenuEntry[] = [
    {
      label: 'Save as JSON',
      note: 'All of it',
      onChoose: () => save(asJson(measured), 'json', 'application/json'),
    },
    {
      label: 'Save as CSV',
      note: 'The table',
      onChoose: () => save(waysAsCsv(measured.ways), 'csv', 'text/csv'),
    },
  ];
  return (
    <Menu
      trigger={
        <button type="button" className={buttonClass('plain', 'small')}>
          Export <ChevronDown size={13} aria-hidden />
        </button>
      }
      entries={[
        ...saves,
        { label: 'Copy as JSON', onChoose: () => copy(asJson(measured), 'JSON') },
        { label: 'Copy as CSV', onChoose: () => copy(waysAsCsv(measured.ways), 'CSV') },
      ]}
    />
  );
}

function save(text: string, ending: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `gatehouse-comparison.${ending}`;
  link.click();
  // The browser has taken its own hold of it by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
