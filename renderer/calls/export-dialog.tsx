import { useRef, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Input } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { dayOf, saveFile } from '../parts/save-file.ts';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';
import { bytes } from '../words/format.ts';
import { filterQuery, type CallFilter } from './call-log.ts';

type Format = 'jsonl' | 'html';
type Kept = 'masked' | 'whole' | 'none';

const formats: readonly (readonly [Format, string, string])[] = [
  ['jsonl', 'JSON lines', 'One call a line, for programs'],
  ['html', 'A page', 'One HTML file to read and print, that needs nothing else'],
];
const kinds: readonly (readonly [Kept, string, string])[] = [
  ['masked', 'Masked', 'What looks like a secret is replaced'],
  ['none', 'Left out', 'Only sizes and hashes'],
  ['whole', 'Whole', 'As they were recorded'],
];
const MOST = 1_000_000;

/** The calls under a filter as one file. What is in them is masked unless the person says otherwise, knowingly. */
export function ExportDialog({ filter, onClose }: { filter: CallFilter; onClose: () => void }) {
  const [format, setFormat] = useState<Format>('jsonl');
  const [kept, setKept] = useState<Kept>('masked');
  const [knows, setKnows] = useState(false);
  const [limit, setLimit] = useState('10000');
  const [read, setRead] = useState(0);
  const stop = useRef<AbortController | null>(null);
  const host = useHost();
  const isLive = useIsLive();
  const most = Number(limit);
  const limitError =
    Number.isInteger(most) && most >= 1 && most <= MOST ? null : 'A whole number from 1 to 1,000,000.';
  const save = useAction(async () => {
    const ending = new AbortController();
    stop.current = ending;
    setRead(0);
    const pieces: string[] = [];
    let size = 0;
    const stream = await host((client) =>
      client.records.export(
        { format, bodies: kept, query: filterQuery(filter), limit: most },
        { signal: ending.signal },
      ),
    );
    for await (const piece of stream) {
      pieces.push(piece);
      size += piece.length;
      setRead(size);
    }
    const type = format === 'html' ? 'text/html' : 'application/jsonl';
    saveFile(`gatehouse-calls-${dayOf(Date.now())}.${format}`, type, pieces);
    onClose();
  });
  const close = () => {
    stop.current?.abort();
    onClose();
  };
  return (
    <Dialog open onClose={close} title="Export calls" width={520}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        <p className="text-dim">{scopeSentence(filter)}</p>
        <Choices legend="As" name="export-format" options={formats} value={format} onChoose={setFormat} />
        <Choices
          legend="Arguments and answers"
          name="export-bodies"
          options={kinds}
          value={kept}
          onChoose={setKept}
        />
        {kept === 'whole' ? (
          <label className="flex items-start gap-2 rounded-md border border-bad/60 bg-bad-ground p-3">
            <input
              type="checkbox"
              className="mt-0.75 accent-accent"
              checked={knows}
              onChange={(event) => setKnows(event.target.checked)}
            />
            <span>
              The file then holds passwords, keys and personal texts that were in calls, for whoever reads it.
              I want it whole.
            </span>
          </label>
        ) : null}
        <Field label="At most" hint="The newest ones, oldest first in the file." error={limitError}>
          {(control) => (
            <span className="flex items-center gap-2">
              <Input
                {...control}
                inputMode="numeric"
                className="numbers !w-28"
                value={limit}
                onChange={(event) => setLimit(event.target.value)}
              />
              <span className="text-dim">calls</span>
            </span>
          )}
        </Field>
        <p className="numbers min-h-5 text-dim" role="status">
          {save.busy ? `${bytes(read)} read…` : ''}
        </p>
        <Problem text={save.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button
            type="submit"
            kind="primary"
            disabled={save.busy || !isLive || limitError !== null || (kept === 'whole' && !knows)}
          >
            Save the file
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function scopeSentence({ text, direction, status, agent, tool }: CallFilter): string {
  const parts = [
    direction === '' ? '' : direction === 'in' ? 'incoming' : 'outgoing',
    status,
    text.trim() === '' ? '' : `with “${text.trim()}”`,
    agent === '' ? '' : `of the agent chosen`,
    tool === '' ? '' : `of the tool chosen`,
  ].filter((part) => part !== '');
  return parts.length === 0
    ? 'All calls on record.'
    : `The calls under the filter of the page: ${parts.join(', ')}.`;
}

interface ChoicesProps<Value extends string> {
  legend: string;
  name: string;
  options: readonly (readonly [Value, string, string])[];
  value: Value;
  onChoose: (value: Value) => void;
}

const Choices = <Value extends string>({ legend, name, options, value, onChoose }: ChoicesProps<Value>) => (
  <fieldset className="flex flex-col gap-1">
    <legend className="pb-1 font-medium">{legend}</legend>
    {options.map(([option, label, note]) => (
      <label key={option} className="flex items-baseline gap-2 py-0.5">
        <input
          type="radio"
          name={name}
          checked={option === value}
          onChange={() => onChoose(option)}
          className="accent-accent"
        />
        <span>
          {label} <span className="text-sm text-dim">{note}</span>
        </span>
      </label>
    ))}
  </fieldset>
);
