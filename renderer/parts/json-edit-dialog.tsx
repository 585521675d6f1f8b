import { diffLines } from 'diff';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { editableJson, readEdited } from './editable-json.ts';
import { TextArea } from './field.tsx';
import { LineDifference, type DifferenceLine } from './line-difference.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

interface JsonEditDialogProps {
  title: string;
  /** What comes of it. */
  note: string;
  label: string;
  verb: string;
  /** The JSON text as it is. */
  load: () => Promise<string>;
  /** Whether it still can be done. */
  open: boolean;
  onClose: () => void;
  onDone: (json: string) => void;
  /** Changes what is selected, beside typing. */
  onSelection?: { verb: string; hint: string; change: (text: string, start: number, end: number) => string };
}

/** Changes a JSON object; shows what changes; then does it with that, and only that. */
export function JsonEditDialog(props: JsonEditDialogProps) {
  const { title, note, label, verb, load, open, onClose, onDone, onSelection } = props;
  const [before, setBefore] = useState<string | null>(null);
  const [text, setText] = useState('');
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const { run, error } = useAction(async () => {
    const written = editableJson(JSON.parse(await load()));
    setBefore(written);
    setText(written);
  });
  useEffect(run, [run]);
  const isLoaded = before !== null;
  useEffect(() => {
    if (isLoaded) field.current?.focus();
  }, [isLoaded]);
  const edited = useMemo(() => readEdited(text), [text]);
  const lines = useMemo(
    () => (before === null || !edited.ok ? [] : differenceOf(before, editableJson(edited.value))),
    [before, edited],
  );
  const isChanged = lines.some(({ kind }) => kind !== 'same');
  const problem =
    error ??
    (!isLoaded
      ? null
      : !open
        ? 'It is no longer open: it was answered elsewhere, or its time is over.'
        : edited.ok
          ? null
          : edited.problem);
  return (
    <Dialog open onClose={onClose} title={title} width={680} initialFocus={field}>
      <div className="flex flex-col gap-3">
        <p className="text-dim">{note}</p>
        <div className="flex flex-col gap-1">
          <label htmlFor={id} className="font-medium">
            {label}
          </label>
          <TextArea
            ref={field}
            id={id}
            rows={8}
            dir="ltr"
            value={text}
            readOnly={!isLoaded}
            onChange={(event) => setText(event.target.value)}
            aria-invalid={isLoaded && !edited.ok}
            aria-describedby={`${id}-hint`}
            className="resize-y font-mono text-sm"
          />
          {onSelection === undefined ? null : (
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <Button
                size="small"
                disabled={!isLoaded}
                onClick={() => {
                  const area = field.current;
                  if (area === null) return;
                  setText(onSelection.change(text, area.selectionStart, area.selectionEnd));
                }}
              >
                {onSelection.verb}
              </Button>
              <span className="text-sm text-dim">{onSelection.hint}</span>
            </div>
          )}
          <p id={`${id}-hint`} className="text-sm text-dim">
            Characters that would hide or reorder text stand as \uXXXX, which means the same.
          </p>
        </div>
        <section aria-label="What changes" className="flex min-h-48 flex-col gap-1">
          <h3 className="font-medium">What changes</h3>
          {isChanged ? (
            <LineDifference low lines={lines} label="The difference" />
          ) : (
            <p className="text-dim">{problem === null ? 'Nothing yet.' : ''}</p>
          )}
          <Problem text={problem} />
        </section>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            disabled={!open || !isChanged || !edited.ok}
            onClick={() => (edited.ok ? onDone(JSON.stringify(edited.value)) : undefined)}
          >
            {verb}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function differenceOf(before: string, after: string): DifferenceLine[] {
  return diffLines(`${before}\n`, `${after}\n`).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map((text): DifferenceLine => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  );
}
