import { Plus, X } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { Button, IconButton } from '../parts/button.tsx';
import { Field, Input, Select, TextArea } from '../parts/field.tsx';
import { shown } from '../words/shown.ts';
import type { FormEntry, FormField } from './form-model.ts';

interface FieldProps {
  field: FormField;
  label: string;
  required: boolean;
  value: unknown;
  path: string;
  errors: Readonly<Record<string, string>>;
  onChange: (value: unknown) => void;
}

const NOT_SET = '';
const HINT = 300;

/** One field of a tool's form. Names and descriptions are the agent's words, so they are made visible. */
export function SchemaField(props: FieldProps) {
  const { field, label, required, errors, path, onChange } = props;
  const { value } = props;
  const name = `${shown(label, 80)}${required ? '' : ' (optional)'}`;
  const hint = field.description === '' ? undefined : shown(field.description, HINT);
  const common = { label: name, error: errors[path], ...(hint === undefined ? {} : { hint }) };
  switch (field.kind) {
    case 'string': {
      const text = typeof value === 'string' ? value : '';
      const change = (next: string) => onChange(next === '' && !required ? undefined : next);
      return (
        <Field {...common}>
          {(control) =>
            field.long ? (
              <TextArea {...control} rows={3} value={text} onChange={(event) => change(event.target.value)} />
            ) : (
              <Input {...control} value={text} onChange={(event) => change(event.target.value)} />
            )
          }
        </Field>
      );
    }
    case 'number':
      return <NumberField {...props} common={common} />;
    case 'boolean':
    case 'enum': {
      const options: readonly unknown[] = field.kind === 'enum' ? field.options : [true, false];
      const index = options.findIndex((option) => JSON.stringify(option) === JSON.stringify(value));
      return (
        <Field {...common}>
          {(control) => (
            <Select
              {...control}
              value={index < 0 ? NOT_SET : index.toString()}
              onChange={({ target }) =>
                onChange(target.value === NOT_SET ? undefined : options[Number(target.value)])
              }
            >
              {required && index >= 0 ? null : (
                <option value={NOT_SET}>{required ? 'Choose' : 'Not given'}</option>
              )}
              {options.map((option, at) => (
                <option key={at} value={at}>
                  {optionWord(option, field.kind)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      );
    }
    case 'array':
      return <ArrayField {...props} field={field} name={name} hint={hint} />;
    case 'object':
      return (
        <Group name={name} hint={hint}>
          <ObjectFields
            entries={field.entries}
            value={value}
            path={path}
            errors={errors}
            onChange={onChange}
          />
        </Group>
      );
    case 'json':
      return <JsonField {...props} common={common} />;
    default:
      return field satisfies never;
  }
}

function optionWord(option: unknown, kind: 'boolean' | 'enum'): string {
  if (kind === 'boolean') return option === true ? 'yes' : 'no';
  return shown(typeof option === 'string' ? option : JSON.stringify(option), 120);
}

interface ObjectFieldsProps {
  entries: readonly FormEntry[];
  value: unknown;
  path: string;
  errors: Readonly<Record<string, string>>;
  onChange: (value: unknown) => void;
}

export function ObjectFields({ entries, value, path, errors, onChange }: ObjectFieldsProps) {
  const record = new Map<string, unknown>(
    typeof value === 'object' && value !== null ? Object.entries(value) : [],
  );
  return entries.map(({ name, required, field }) => (
    <SchemaField
      key={name}
      field={field}
      label={name}
      required={required}
      value={record.get(name)}
      path={path === '' ? name : `${path}.${name}`}
      errors={errors}
      onChange={(next) => {
        const changed = new Map(record);
        if (next === undefined) changed.delete(name);
        else changed.set(name, next);
        onChange(Object.fromEntries(changed));
      }}
    />
  ));
}

type Common = { label: string; error: string | undefined; hint?: string };

/** Keeps the text as typed, so that `1.` or `-` can be written on the way to a number. */
function NumberField({ value, onChange, common }: FieldProps & { common: Common }) {
  const [text, setText] = useState(typeof value === 'number' ? value.toString() : '');
  return (
    <Field {...common}>
      {(control) => (
        <Input
          {...control}
          inputMode="decimal"
          className="numbers"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const trimmed = event.target.value.trim();
            const parsed = Number(trimmed);
            onChange(trimmed === '' ? undefined : Number.isNaN(parsed) ? trimmed : parsed);
          }}
        />
      )}
    </Field>
  );
}

function ArrayField({
  field,
  name,
  hint,
  value,
  path,
  errors,
  onChange,
}: FieldProps & { field: FormField & { kind: 'array' }; name: string; hint: string | undefined }) {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  const empty = field.item.kind === 'string' ? '' : field.item.kind === 'boolean' ? false : undefined;
  return (
    <Group name={name} hint={hint} error={errors[path]}>
      {items.map((item, index) => (
        <div key={index} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <SchemaField
              field={field.item}
              label={`Entry ${(index + 1).toString()}`}
              required
              value={item}
              path={`${path}[${index.toString()}]`}
              errors={errors}
              onChange={(next) => onChange(items.map((old, at) => (at === index ? next : old)))}
            />
          </div>
          <IconButton
            label={`Remove entry ${(index + 1).toString()}`}
            onClick={() => onChange(items.filter((_, at) => at !== index))}
          >
            <X size={15} aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button size="small" onClick={() => onChange([...items, field.item.initial ?? empty ?? null])}>
          <Plus size={13} aria-hidden /> Add an entry
        </Button>
      </div>
    </Group>
  );
}

function Group({
  name,
  hint,
  error,
  children,
}: {
  name: string;
  hint: string | undefined;
  error?: string | undefined;
  children: ReactNode;
}) {
  return (
    <fieldset className="flex flex-col gap-3 border-l-2 border-line pl-3">
      <legend className="float-left w-full font-medium">{name}</legend>
      {hint === undefined ? null : <p className="-mt-2 text-sm text-dim">{hint}</p>}
      {children}
      {error === undefined ? null : <p className="text-sm text-bad">{error}</p>}
    </fieldset>
  );
}

function JsonField({ value, onChange, common }: FieldProps & { common: Common }) {
  return (
    <Field {...common}>
      {(control) => <JsonEditor {...control} value={value} onChange={onChange} rows={3} />}
    </Field>
  );
}

interface JsonEditorProps {
  id: string;
  rows: number;
  value: unknown;
  onChange: (value: unknown) => void;
  onBroken?: (error: string | null) => void;
}

/** Raw JSON. What does not parse is not passed on, and said. */
export function JsonEditor({ value, onChange, onBroken, ...rest }: JsonEditorProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [broken, setBroken] = useState<string | null>(null);
  useEffect(() => onBroken?.(broken), [broken, onBroken]);
  return (
    <>
      <TextArea
        {...rest}
        className="font-mono text-sm"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          if (event.target.value.trim() === '') {
            setBroken(null);
            onChange(undefined);
            return;
          }
          try {
            const parsed: unknown = JSON.parse(event.target.value);
            setBroken(null);
            onChange(parsed);
          } catch {
            setBroken('This is not JSON yet.');
          }
        }}
      />
      {broken === null ? null : <p className="text-sm text-bad">{broken}</p>}
    </>
  );
}
