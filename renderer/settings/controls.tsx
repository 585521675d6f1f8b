import { Lock as LockIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Settings } from '../../shared/settings.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input, Select, TextArea, Toggle } from '../parts/field.tsx';
import { Section } from '../parts/page.tsx';
import { linesOf, useDraft, useLock, type Change, type Save } from './setting.ts';

export const Group = ({ title, children }: { title: string; children: ReactNode }) => (
  <Section title={title}>
    <div className="flex flex-col gap-5 rounded-md border border-line bg-surface p-4">{children}</div>
  </Section>
);

/** The hint, and who decides it where the person does not. */
export const hinted = (hint: ReactNode, by: string | null): ReactNode =>
  by === null ? (
    hint
  ) : (
    <>
      {hint}
      <span className="flex items-start gap-1.5 pt-0.5 text-text">
        <LockIcon size={12} aria-hidden className="mt-0.5 shrink-0" />
        {by}
      </span>
    </>
  );

type Flag = { [Key in keyof Settings]: Settings[Key] extends boolean ? Key : never }[keyof Settings];

export function FlagSetting({
  label,
  hint,
  field,
  value,
  saveNow,
}: {
  label: string;
  hint: string;
  field: Flag;
  value: boolean;
  saveNow: (change: Change) => void;
}) {
  const lock = useLock(field);
  return (
    <Toggle
      label={label}
      hint={hinted(hint, lock.by)}
      checked={value}
      disabled={lock.disabled}
      onChange={(checked) => saveNow({ [field]: checked })}
    />
  );
}

interface DraftProps<Name extends keyof Settings> {
  label: string;
  hint: string;
  field: Name;
  value: Settings[Name];
  save: Save;
}

export function TextSetting({ label, hint, field, value, save }: DraftProps<'name'>) {
  const lock = useLock(field);
  const draft = useDraft(value, field, save, (text) => text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.commit();
      }}
    >
      <Field label={label} hint={hinted(hint, lock.by)} error={draft.error}>
        {(control) => (
          <span className="flex gap-2">
            <Input
              {...control}
              value={draft.text}
              maxLength={60}
              disabled={lock.disabled}
              onChange={(event) => draft.set(event.target.value)}
              onBlur={draft.commit}
            />
            {draft.changed ? <Button type="submit">Save</Button> : null}
          </span>
        )}
      </Field>
    </form>
  );
}

export function NumberSetting({
  label,
  hint,
  unit,
  field,
  value,
  save,
}: DraftProps<'approvalSeconds' | 'executionSeconds' | 'keepDays' | 'undoSeconds' | 'questionsPerPeer'> & {
  unit: string;
}) {
  const lock = useLock(field);
  const draft = useDraft(value.toString(), field, save, Number);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.commit();
      }}
    >
      <Field label={label} hint={hinted(hint, lock.by)} error={draft.error}>
        {(control) => (
          <span className="flex items-center gap-2">
            <Input
              {...control}
              inputMode="numeric"
              className="numbers !w-24"
              value={draft.text}
              disabled={lock.disabled}
              onChange={(event) => draft.set(event.target.value)}
              onBlur={draft.commit}
            />
            <span className="text-dim">{unit}</span>
            {draft.changed ? <Button type="submit">Save</Button> : null}
          </span>
        )}
      </Field>
    </form>
  );
}

/** Several values, one a line. */
export function ListSetting({
  label,
  hint,
  field,
  value,
  save,
  placeholder,
}: DraftProps<'bootstrap' | 'stun' | 'listen' | 'announce' | 'webSocketListen' | 'webSocketPeers'> & {
  placeholder: string;
}) {
  const lock = useLock(field);
  const draft = useDraft(value.join('\n'), field, save, linesOf);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.commit();
      }}
    >
      <Field label={label} hint={hinted(hint, lock.by)} error={draft.error}>
        {(control) => (
          <span className="flex flex-col gap-2">
            <TextArea
              {...control}
              rows={Math.min(6, Math.max(2, draft.text.split('\n').length))}
              className="font-mono text-sm break-all"
              value={draft.text}
              placeholder={placeholder}
              disabled={lock.disabled}
              onChange={(event) => draft.set(event.target.value)}
              onBlur={draft.commit}
            />
            {draft.changed ? (
              <Button type="submit" className="self-start">
                Save
              </Button>
            ) : null}
          </span>
        )}
      </Field>
    </form>
  );
}

export function ChoiceSetting<Value extends string>({
  label,
  hint,
  field,
  value,
  options,
  onChoose,
}: {
  label: string;
  hint?: string;
  field: keyof Settings;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChoose: (value: Value) => void;
}) {
  const lock = useLock(field);
  const said = hinted(hint, lock.by);
  return (
    <Field label={label} {...(said === undefined ? {} : { hint: said })}>
      {(control) => (
        <Select
          {...control}
          className="!w-48"
          value={value}
          disabled={lock.disabled || options.length < 2}
          onChange={(event) => {
            const chosen = options.find(([option]) => option === event.target.value);
            if (chosen !== undefined) onChoose(chosen[0]);
          }}
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
