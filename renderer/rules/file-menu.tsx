import { FileText } from 'lucide-react';
import { useState } from 'react';
import { useAttempt } from '../frame/toasts.tsx';
import { buttonClass } from '../parts/button.tsx';
import { Menu } from '../parts/menu.tsx';
import { dayOf, saveFile } from '../parts/save-file.ts';
import { useHost } from '../state/hooks.ts';
import { ImportDialog } from './import-dialog.tsx';

/** The rules as a file, out and in. */
export function FileMenu() {
  const [importing, setImporting] = useState(false);
  const host = useHost();
  const attempt = useAttempt();
  const save = () =>
    attempt('Could not export the rules', async () => {
      const { text } = await host((client) => client.rules.export());
      saveFile(`gatehouse-rules-${dayOf(Date.now())}.yaml`, 'application/yaml', [text]);
    });
  return (
    <>
      <Menu
        trigger={
          <button type="button" className={buttonClass()}>
            <FileText size={14} aria-hidden /> File
          </button>
        }
        entries={[
          {
            label: 'Export the rules',
            note: 'One readable file, without those that end when you quit',
            onChoose: save,
          },
          {
            label: 'Import rules…',
            note: 'You see what would change first',
            onChoose: () => setImporting(true),
          },
        ]}
      />
      {importing ? <ImportDialog onClose={() => setImporting(false)} /> : null}
    </>
  );
}
