import type { Settings } from '../../shared/settings.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input } from '../parts/field.tsx';
import { hinted } from './controls.tsx';
import { useDraft, useLock, type Save } from './setting.ts';

/** How large the records may become; empty: as large as they do. */
export function SizeSetting({ value, save }: { value: Settings['keepMebibytes']; save: Save }) {
  const lock = useLock('keepMebibytes');
  const draft = useDraft(value?.toString() ?? '', 'keepMebibytes', save, (text) =>
    text.trim() === '' ? null : Number(text),
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.commit();
      }}
    >
      <Field
        label="Keep at most"
        hint={hinted('10 to 1,048,576; empty: no end. The oldest calls are deleted first.', lock.by)}
        error={draft.error}
      >
        {(control) => (
          <span className="flex items-center gap-2">
            <Input
              {...control}
              inputMode="numeric"
              placeholder="no end"
              className="numbers !w-24"
              value={draft.text}
              disabled={lock.disabled}
              onChange={(event) => draft.set(event.target.value)}
              onBlur={draft.commit}
            />
            <span className="text-dim">MiB</span>
            {draft.changed ? <Button type="submit">Save</Button> : null}
          </span>
        )}
      </Field>
    </form>
  );
}
