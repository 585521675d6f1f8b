import { Plus, X } from 'lucide-react';
import { useId } from 'react';
import { Button, IconButton } from '../parts/button.tsx';
import { Input, Select, TextArea } from '../parts/field.tsx';
import type { ConstraintForm } from './rule-form.ts';
import type { FieldsProps } from './scope-fields.tsx';

const kinds: readonly (readonly [ConstraintForm['kind'], string])[] = [
  ['equals', 'is'],
  ['one-of', 'is one of'],
  ['prefix', 'begins with'],
  ['path', 'is a path within'],
  ['range', 'is a number from'],
  ['max-size', 'is at most, in bytes'],
];
const hints: Record<ConstraintForm['kind'], string | null> = {
  equals: 'A number, true, false or null is taken as that; in double quotes it is text.',
  'one-of': 'One value a line.',
  prefix: null,
  path: '* stands for anything within one name, ** for any number of folders. Ways out by .. do not fit.',
  range: 'Both ends are included; one may be left empty.',
  'max-size': null,
};

/** What the arguments must be; all of it must be met. */
export function ConstraintFields({ form, errors, set, places }: FieldsProps & { places: readonly string[] }) {
  const id = useId();
  const { constraints } = form;
  const change = (key: number, patch: Partial<ConstraintForm>) =>
    set({ constraints: constraints.map((one) => (one.key === key ? { ...one, ...patch } : one)) });
  const add = () => {
    const unused = places.find((place) => constraints.every(({ at }) => at !== place));
    const key = Math.max(-1, ...constraints.map((one) => one.key)) + 1;
    set({ constraints: [...constraints, { key, kind: 'equals', at: unused ?? '', value: '', to: '' }] });
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="pb-1 font-medium">
        Arguments{constraints.length === 0 ? <span className="font-normal text-dim"> · any</span> : null}
      </legend>
      <datalist id={`${id}-places`}>
        {places.map((place) => (
          <option key={place} value={place} />
        ))}
      </datalist>
      {constraints.map((constraint, index) => (
        <ConstraintRow
          key={constraint.key}
          constraint={constraint}
          number={index + 1}
          listId={`${id}-places`}
          atError={errors[`constraint-${index.toString()}-at`]}
          valueError={errors[`constraint-${index.toString()}-value`]}
          onChange={(patch) => change(constraint.key, patch)}
          onRemove={() => set({ constraints: constraints.filter(({ key }) => key !== constraint.key) })}
        />
      ))}
      <Button size="small" className="self-start" disabled={constraints.length >= 16} onClick={add}>
        <Plus size={13} aria-hidden /> Narrow by an argument
      </Button>
    </fieldset>
  );
}

interface RowProps {
  constraint: ConstraintForm;
  number: number;
  listId: string;
  atError: string | undefined;
  valueError: string | undefined;
  onChange: (patch: Partial<ConstraintForm>) => void;
  onRemove: () => void;
}

function ConstraintRow({ constraint, number, listId, atError, valueError, onChange, onRemove }: RowProps) {
  const { kind, at, value, to } = constraint;
  const id = useId();
  const of = `of argument ${number.toString()}`;
  const hint = hints[kind];
  const error = atError ?? valueError;
  const described = [hint === null ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`]
    .filter(Boolean)
    .join(' ');
  const common = {
    'aria-describedby': described === '' ? undefined : described,
    'aria-invalid': valueError === undefined ? undefined : true,
    className: 'font-mono text-sm',
  };
  return (
    <div className="flex flex-col gap-1 rounded-md border border-line bg-sunken p-2">
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_32px] gap-2 mid:grid-cols-[minmax(0,3fr)_minmax(0,3fr)_minmax(0,5fr)_32px]">
        <Input
          aria-label={`Place ${of}`}
          aria-invalid={atError === undefined ? undefined : true}
          className="font-mono text-sm"
          value={at}
          list={listId}
          placeholder="/path"
          maxLength={500}
          onChange={(event) => onChange({ at: event.target.value })}
        />
        <Select
          aria-label={`What must be so ${of}`}
          value={kind}
          onChange={(event) => {
            const chosen = kinds.find(([name]) => name === event.target.value);
            if (chosen !== undefined) onChange({ kind: chosen[0] });
          }}
        >
          {kinds.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </Select>
        <span className="col-span-2 flex items-center gap-2 max-mid:row-2 mid:col-span-1">
          {kind === 'one-of' ? (
            <TextArea
              {...common}
              aria-label={`Values ${of}, one a line`}
              rows={Math.min(5, Math.max(2, value.split('\n').length))}
              value={value}
              onChange={(event) => onChange({ value: event.target.value })}
            />
          ) : (
            <Input
              {...common}
              aria-label={kind === 'range' ? `Smallest ${of}` : `Value ${of}`}
              value={value}
              maxLength={4000}
              {...(kind === 'range' || kind === 'max-size' ? { inputMode: 'decimal' as const } : {})}
              placeholder={kind === 'path' ? '/home/me/notes/**' : kind === 'range' ? 'any' : ''}
              onChange={(event) => onChange({ value: event.target.value })}
            />
          )}
          {kind === 'range' ? (
            <>
              <span className="text-dim">to</span>
              <Input
                {...common}
                aria-label={`Largest ${of}`}
                inputMode="decimal"
                placeholder="any"
                value={to}
                onChange={(event) => onChange({ to: event.target.value })}
              />
            </>
          ) : null}
        </span>
        <IconButton label={`Remove what narrows argument ${number.toString()}`} onClick={onRemove}>
          <X size={15} aria-hidden />
        </IconButton>
      </div>
      {hint === null ? null : (
        <p id={`${id}-hint`} className="text-sm text-dim">
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
