import type { ComponentProps, ReactNode } from 'react';
import { useId } from 'react';
import { Switch } from '@base-ui/react/switch';

const box =
  'w-full rounded-md border border-strong-line/70 bg-surface px-2 text-text aria-invalid:border-bad disabled:opacity-60';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  children: (props: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean | undefined;
  }) => ReactNode;
}

/** A label above its control, with a hint and an error below. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const hasError = error != null && error !== '';
  const described = [hint === undefined ? '' : `${id}-hint`, hasError ? `${id}-error` : '']
    .filter(Boolean)
    .join(' ');
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': hasError ? true : undefined,
      })}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-sm text-dim">
          {hint}
        </p>
      )}
      {hasError ? (
        <p id={`${id}-error`} role="alert" className="text-sm text-bad">
          {error}
        </p>
      ) : null}
    </div>
  );
}

export const Input = ({ className = '', ...rest }: ComponentProps<'input'>) => (
  <input spellCheck={false} autoComplete="off" {...rest} className={`${box} h-8 ${className}`} />
);

export const TextArea = ({ className = '', ...rest }: ComponentProps<'textarea'>) => (
  <textarea spellCheck={false} autoComplete="off" {...rest} className={`${box} py-1.5 ${className}`} />
);

export const Select = ({ className = '', ...rest }: ComponentProps<'select'>) => (
  <select {...rest} className={`${box} h-8 !px-1.5 ${className}`} />
);

interface ToggleProps {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** A switch with its label and hint beside it. */
export function Toggle({ label, hint, checked, disabled = false, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <Switch.Root
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-labelledby={`${id}-label`}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        className="mt-0.5 flex h-4.5 w-8 shrink-0 items-center rounded-full border border-strong-line bg-sunken px-0.5 transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <Switch.Thumb className="size-3 rounded-full bg-strong-line transition-transform data-checked:translate-x-3.5 data-checked:bg-on-accent" />
      </Switch.Root>
      <div className="min-w-0">
        <span id={`${id}-label`} className="font-medium">
          {label}
        </span>
        {hint === undefined ? null : (
          <p id={`${id}-hint`} className="text-sm text-dim">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
