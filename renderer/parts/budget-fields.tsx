import { Input } from './field.tsx';
import type { BudgetForm } from '../words/budget.ts';

const amounts: readonly (readonly [keyof BudgetForm, string])[] = [
  ['calls', 'Calls'],
  ['bytes', 'Megabytes'],
  ['seconds', 'Seconds of work'],
];

interface BudgetFieldsProps {
  form: BudgetForm;
  errors: Partial<Record<keyof BudgetForm, string>>;
  disabled?: boolean;
  onChange: (form: BudgetForm) => void;
}

/** How much of each there is on a day; empty: no end. */
export const BudgetFields = ({ form, errors, disabled = false, onChange }: BudgetFieldsProps) => (
  <div className="grid grid-cols-3 gap-2">
    {amounts.map(([name, label]) => (
      <label key={name} className="flex min-w-0 flex-col gap-1">
        <span className="truncate text-sm text-dim">{label}</span>
        <Input
          aria-label={`${label} a day`}
          aria-invalid={errors[name] === undefined ? undefined : true}
          inputMode="decimal"
          placeholder="no end"
          className="numbers"
          disabled={disabled}
          value={form[name]}
          onChange={(event) => onChange({ ...form, [name]: event.target.value })}
        />
      </label>
    ))}
    {Object.values(errors).map((text) => (
      <p key={text} role="alert" className="col-span-3 text-sm text-bad">
        {text}
      </p>
    ))}
  </div>
);
