import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { MAX_RULES_FILE, type RulesDifference } from '../../shared/rules.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, TextArea } from '../parts/field.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf, useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';
import { plural } from '../words/format.ts';
import { DifferenceView } from './difference-view.tsx';

type Mode = 'add' | 'replace';
interface Checked {
  readonly text: string;
  readonly mode: Mode;
  readonly difference: RulesDifference;
}

/** A file of rules is read, what it would change is shown, and only then it counts. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [mode, setMode] = useState<Mode>('add');
  const [checked, setChecked] = useState<Checked | null>(null);
  const [fileProblem, setFileProblem] = useState<string | null>(null);
  const host = useHost();
  const isLive = useIsLive();
  const check = useAction(async () => {
    const difference = await host((client) => client.rules.checkImport({ text, mode }));
    setChecked({ text, mode, difference });
  });
  const put = useAction(async () => {
    if (checked === null) return;
    const { difference, ...what } = checked;
    const { version, digest } = difference;
    await host((client) => client.rules.import({ ...what, version, digest }));
    onClose();
  });
  const change = (next: { text?: string; mode?: Mode }) => {
    if (next.text !== undefined) setText(next.text);
    if (next.mode !== undefined) setMode(next.mode);
    setChecked(null);
    setFileProblem(null);
    check.clear();
    put.clear();
  };
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > MAX_RULES_FILE) {
      setFileProblem('This file is too long for one of rules: at most 2 MB.');
      return;
    }
    try {
      change({ text: await file.text() });
    } catch (error) {
      setFileProblem(sentenceOf(error));
    }
  };
  return (
    <Dialog open onClose={onClose} title="Import rules" width={680}>
      <div className="flex flex-col gap-4">
        <Field label="File" hint="As Gatehouse exports it. It is read here, and changes nothing yet.">
          {(control) => (
            <input
              {...control}
              type="file"
              accept=".yaml,.yml,text/yaml,application/yaml,text/plain"
              className="max-w-full text-dim file:mr-3 file:h-8 file:rounded-md file:border file:border-solid file:border-strong-line file:bg-raised file:px-3 file:font-medium file:text-text"
              onChange={(event) => void read(event.target.files?.[0])}
            />
          )}
        </Field>
        <Field label="Or its text" error={check.error ?? fileProblem}>
          {(control) => (
            <TextArea
              {...control}
              rows={checked === null ? 8 : 3}
              maxLength={MAX_RULES_FILE}
              className="font-mono text-sm"
              value={text}
              onChange={(event) => change({ text: event.target.value })}
            />
          )}
        </Field>
        <fieldset className="flex flex-col gap-1">
          <legend className="pb-1 font-medium">With the rules that are here</legend>
          <ModeChoice
            label="Add to them"
            note="None is removed."
            checked={mode === 'add'}
            onChoose={() => change({ mode: 'add' })}
          />
          <ModeChoice
            label="Put these in their place"
            note="What the file does not have is removed."
            checked={mode === 'replace'}
            onChoose={() => change({ mode: 'replace' })}
          />
        </fieldset>
        {checked === null ? null : <Shown difference={checked.difference} />}
        <Problem text={put.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          {checked === null ? (
            <Button kind="primary" disabled={check.busy || !isLive || text.trim() === ''} onClick={check.run}>
              Show what would change
            </Button>
          ) : (
            <Button
              kind="primary"
              disabled={put.busy || !isLive || isNothing(checked.difference)}
              onClick={put.run}
            >
              Import
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

const isNothing = ({ added, removed, changed }: RulesDifference): boolean =>
  added.length + removed.length + changed.length === 0;

function Shown({ difference }: { difference: RulesDifference }) {
  const { added, removed, changed, unchanged, warnings } = difference;
  return (
    <section aria-label="What would change" className="flex flex-col gap-2 border-t border-line pt-3">
      <p className="numbers font-medium" role="status">
        {isNothing(difference)
          ? 'The file changes nothing.'
          : `${plural(added.length, 'rule')} added, ${removed.length.toString()} removed, ${changed.length.toString()} changed, ${unchanged.toString()} as before.`}
      </p>
      {warnings.map((warning) => (
        <p key={warning} className="flex items-start gap-2 text-bad">
          <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
          <Hostile text={warning} max={400} />
        </p>
      ))}
      <div
        className="max-h-80 overflow-y-auto"
        tabIndex={0}
        role="region"
        aria-label="Rules that would change"
      >
        <DifferenceView added={added} removed={removed} changed={changed} />
      </div>
    </section>
  );
}

const ModeChoice = ({
  label,
  note,
  checked,
  onChoose,
}: {
  label: string;
  note: string;
  checked: boolean;
  onChoose: () => void;
}) => (
  <label className="flex items-baseline gap-2 py-0.5">
    <input type="radio" name="import-mode" checked={checked} onChange={onChoose} className="accent-accent" />
    <span>
      {label} <span className="text-sm text-dim">{note}</span>
    </span>
  </label>
);
