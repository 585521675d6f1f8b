import { Field, Input, Select, Toggle } from '../parts/field.tsx';
import { HoursField } from '../parts/hours-field.tsx';
import type { BudgetForm } from '../words/budget.ts';
import type { ExpiryForm } from './rule-form.ts';
import type { FieldsProps } from './scope-fields.tsx';

const amounts: readonly (readonly [keyof BudgetForm, string])[] = [
  ['calls', 'Calls'],
  ['bytes', 'Megabytes'],
  ['seconds', 'Seconds of work'],
];
const spans = [
  ['hour', 'An hour'],
  ['day', 'A day'],
] as const;

/** How much of it there is; for rules that allow. */
export const LimitFields = ({ form, errors, set }: FieldsProps) => (
  <fieldset className="flex flex-col gap-1">
    <legend className="pb-1 font-medium">At most</legend>
    <div className="numbers grid grid-cols-[64px_repeat(3,minmax(0,1fr))] items-center gap-2">
      <span />
      {amounts.map(([name, label]) => (
        <span key={name} className="text-sm text-dim">
          {label}
        </span>
      ))}
      {spans.map(([span, label]) => (
        <Amounts key={span} form={form} errors={errors} set={set} span={span} label={label} />
      ))}
    </div>
    <p className="text-sm text-dim">
      Empty: as much as there is. Beyond it you are asked until there is room again.
    </p>
    {Object.entries(errors)
      .filter(([field]) => /^(hour|day)-/.test(field))
      .map(([field, text]) => (
        <p key={field} role="alert" className="text-sm text-bad">
          {text}
        </p>
      ))}
  </fieldset>
);

function Amounts({ form, errors, set, span, label }: FieldsProps & { span: 'hour' | 'day'; label: string }) {
  return (
    <>
      <span className="text-dim">{label}</span>
      {amounts.map(([name, words]) => (
        <Input
          key={name}
          aria-label={`${words} ${span === 'hour' ? 'an hour' : 'a day'}`}
          aria-invalid={errors[`${span}-${name}`] === undefined ? undefined : true}
          inputMode="decimal"
          placeholder="no end"
          value={form[span][name]}
          onChange={(event) => set({ [span]: { ...form[span], [name]: event.target.value } })}
        />
      ))}
    </>
  );
}

const expiries: readonly (readonly [ExpiryForm, string])[] = [
  ['never', 'Does not end'],
  ['hour', 'In 1 hour'],
  ['day', 'In 1 day'],
  ['week', 'In 7 days'],
  ['month', 'In 30 days'],
  ['quit', 'When you quit'],
  ['date', 'On a day…'],
];
const WORK_HOURS = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' };

/** When it ends, and at which hours it counts. */
export function TimeFields({ form, errors, set }: FieldsProps) {
  return (
    <>
      <Field label="Ends" error={errors['expiry']}>
        {(control) => (
          <span className="flex flex-wrap gap-2">
            <Select
              {...control}
              className="!w-44"
              value={form.expiry}
              onChange={(event) => {
                const chosen = expiries.find(([name]) => name === event.target.value);
                if (chosen !== undefined) set({ expiry: chosen[0] });
              }}
            >
              {expiries.map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </Select>
            {form.expiry === 'date' ? (
              <Input
                type="datetime-local"
                aria-label="Ends on"
                className="numbers !w-52"
                value={form.expiresAt}
                onChange={(event) => set({ expiresAt: event.target.value })}
              />
            ) : null}
          </span>
        )}
      </Field>
      <div className="flex flex-col gap-2">
        <Toggle
          label="Only at certain hours"
          checked={form.hours !== null}
          onChange={(on) => set({ hours: on ? WORK_HOURS : null })}
        />
        {form.hours === null ? null : (
          <HoursField
            label="Hours"
            hours={form.hours}
            error={errors['hours']}
            onChange={(hours) => set({ hours })}
          />
        )}
      </div>
    </>
  );
}
