import { Dialog } from '../parts/dialog.tsx';
import { STOP_KEYS } from '../frame/stop-key.ts';
import { triageHelp } from './triage.ts';

/** All keys of the list. */
export const KeysHelp = ({ onClose }: { onClose: () => void }) => (
  <Dialog open onClose={onClose} title="Keys" width={460}>
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2">
      {triageHelp.map(({ keys, meaning }) => (
        <Row key={meaning} keys={keys} meaning={meaning} />
      ))}
      <Row keys={[STOP_KEYS]} meaning="Stop all; twice within 2 seconds: at once. On every page" />
    </dl>
    <p className="pt-3 text-sm text-dim">
      They work while the list has the focus: press j first. A key that is held down never answers.
    </p>
  </Dialog>
);

const Row = ({ keys, meaning }: { keys: readonly string[]; meaning: string }) => (
  <>
    <dt className="flex gap-1">
      {keys.map((key) => (
        <Key key={key} name={key} />
      ))}
    </dt>
    <dd>{meaning}</dd>
  </>
);

export const Key = ({ name }: { name: string }) => (
  <kbd className="rounded-sm border border-line bg-sunken px-1.5 font-mono text-xs leading-4.5">{name}</kbd>
);
