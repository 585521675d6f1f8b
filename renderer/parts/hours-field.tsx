import type { Hours } from '../../shared/rules.ts';
import { DAYS } from '../words/rule-words.ts';
import { Input } from './field.tsx';

interface HoursFieldProps {
  /** Named in what is read out, such as "Quiet hours". */
  label: string;
  hours: Hours;
  error?: string | undefined;
  disabled?: boolean;
  onChange: (hours: Hours) => void;
}

/** Days, and from when to when on them. */
export function HoursField({ label, hours, error, disabled = false, onChange }: HoursFieldProps) {
  const toggle = (day: number, on: boolean) =>
    onChange({ ...hours, days: on ? [...hours.days, day] : hours.days.filter((one) => one !== day) });
  return (
    <fieldset className="flex flex-col gap-2" disabled={disabled}>
      <legend className="sr-only">{label}</legend>
      <div className="flex flex-wrap gap-1">
        {DAYS.map(({ day, name }) => (
          <label
            key={day}
            className="flex h-8 items-center gap-1.5 rounded-md border border-line px-2 has-checked:border-accent has-checked:bg-accent-ground"
          >
            <input
              type="checkbox"
              className="accent-accent"
              checked={hours.days.includes(day)}
              onChange={(event) => toggle(day, event.target.checked)}
            />
            {name}
          </label>
        ))}
      </div>
      <div className="numbers flex flex-wrap items-center gap-2">
        <span className="text-dim">from</span>
        <Input
          type="time"
          aria-label={`${label} begin`}
          className="!w-28"
          value={hours.from}
          onChange={(event) => onChange({ ...hours, from: event.target.value })}
        />
        <span className="text-dim">to</span>
        <Input
          type="time"
          aria-label={`${label} end`}
          className="!w-28"
          value={hours.to}
          onChange={(event) => onChange({ ...hours, to: event.target.value })}
        />
        {hours.from > hours.to ? <span className="text-sm text-dim">the next day</span> : null}
      </div>
      {error === undefined ? null : (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
