import { useCallback, useId, useMemo, useState } from 'react';
import type { Tool } from '../../shared/agents.ts';
import { Button } from '../parts/button.tsx';
import { JsonEditor, ObjectFields } from './form-fields.tsx';
import { formModel, initialValue, problems, type FormField } from './form-model.ts';

type Values = Record<string, unknown>;
const asValues = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

export interface ToolArguments {
  readonly model: FormField;
  readonly values: Values;
  readonly setValues: (values: Values) => void;
  readonly raw: boolean;
  readonly setRaw: (raw: boolean) => void;
  readonly errors: Readonly<Record<string, string>>;
  /** What is written as JSON does not parse. */
  readonly broken: boolean;
  readonly onBroken: (error: string | null) => void;
  /** The arguments where they are complete; else says in the form what is missing. */
  readonly check: () => Values | null;
}

/** What is entered for one tool. */
export function useToolArguments(tool: Pick<Tool, 'inputSchema'>): ToolArguments {
  const model = useMemo(() => formModel(tool.inputSchema), [tool]);
  const [values, setValues] = useState<Values>(() => asValues(initialValue(model)));
  const [raw, setRaw] = useState(model.kind !== 'object');
  const [wrong, setWrong] = useState<string | null>(null);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const onBroken = useCallback((error: string | null) => setWrong(error), []);
  const broken = raw && wrong !== null;
  const check = () => {
    const found = raw ? {} : problems(model, values);
    setErrors(found);
    return Object.keys(found).length === 0 && !broken ? values : null;
  };
  return { model, values, setValues, raw, setRaw, errors, broken, onBroken, check };
}

/** A form made from the tool's schema, or raw JSON. */
export function ToolArgumentFields({ entered }: { entered: ToolArguments }) {
  const { model, values, setValues, raw, setRaw, errors, onBroken } = entered;
  const editorId = useId();
  return (
    <>
      {model.kind === 'object' ? (
        <div className="flex gap-1" role="group" aria-label="How to enter the arguments">
          <Button
            size="small"
            kind={raw ? 'quiet' : 'plain'}
            aria-pressed={!raw}
            onClick={() => setRaw(false)}
          >
            Form
          </Button>
          <Button size="small" kind={raw ? 'plain' : 'quiet'} aria-pressed={raw} onClick={() => setRaw(true)}>
            JSON
          </Button>
        </div>
      ) : null}
      {raw || model.kind !== 'object' ? (
        <div className="flex flex-col gap-1">
          <label htmlFor={editorId} className="font-medium">
            Arguments as JSON
          </label>
          <JsonEditor
            id={editorId}
            rows={10}
            value={values}
            onChange={(value) => setValues(asValues(value))}
            onBroken={onBroken}
          />
        </div>
      ) : model.entries.length === 0 ? (
        <p className="text-dim">It takes no arguments.</p>
      ) : (
        <ObjectFields
          entries={model.entries}
          value={values}
          path=""
          errors={errors}
          onChange={(value) => setValues(asValues(value))}
        />
      )}
    </>
  );
}
