import { useState } from 'react';
import { Settings } from '../../shared/settings.ts';
import { Button } from '../parts/button.tsx';
import { Toggle } from '../parts/field.tsx';
import { HoursField } from '../parts/hours-field.tsx';
import { hinted } from './controls.tsx';
import { useLock, type Save } from './setting.ts';

type Quiet = NonNullable<Settings['quietHours']>;
const NIGHT: Quiet = { days: [0, 1, 2, 3, 4, 5, 6], from: '22:00', to: '07:00', refuse: false };

/** When nobody is to be disturbed. Kept once both times and a day are there. */
export function QuietSetting({ value, save }: { value: Settings['quietHours']; save: Save }) {
  const lock = useLock('quietHours');
  const [draft, setDraft] = useState<Quiet | null>(null);
  const [error, setError] = useState<string | null>(null);
  const shown = draft ?? value;
  const store = (quietHours: Settings['quietHours']) => {
    void save({ quietHours }).then((problem) => {
      setError(problem);
      if (problem === null) setDraft(null);
    });
  };
  const keep = () => {
    const parsed = Settings.shape.quietHours.safeParse(draft);
    if (parsed.success) {
      store(parsed.data);
      return;
    }
    setError(draft?.days.length === 0 ? 'Choose at least one day.' : 'Give both times, such as 22:00.');
  };
  return (
    <div className="flex flex-col gap-2">
      <Toggle
        label="Quiet hours"
        hint={hinted('Questions then wait without a sound, and no notification is shown.', lock.by)}
        checked={shown !== null}
        disabled={lock.disabled}
        onChange={(on) => {
          setDraft(null);
          store(on ? NIGHT : null);
        }}
      />
      {shown === null ? null : (
        <div className="flex flex-col gap-3 pl-11">
          <HoursField
            label="Quiet hours"
            hours={shown}
            error={error ?? undefined}
            disabled={lock.disabled}
            onChange={(hours) => setDraft({ ...shown, ...hours })}
          />
          {draft === null ? null : (
            <Button className="self-start" onClick={keep}>
              Save
            </Button>
          )}
          <Toggle
            label="Refuse instead of waiting"
            hint="Calls you would be asked about are refused, and the caller is told that it is quiet here."
            checked={shown.refuse}
            disabled={lock.disabled}
            onChange={(refuse) => store({ ...(value ?? shown), refuse })}
          />
        </div>
      )}
    </div>
  );
}
