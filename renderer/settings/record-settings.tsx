import type { Settings } from '../../shared/settings.ts';
import { useLive } from '../state/hooks.ts';
import { bodiesWords, BODIES } from '../words/bodies.ts';
import { whole } from '../words/format.ts';
import { ChoiceSetting, Group, NumberSetting } from './controls.tsx';
import { SizeSetting } from './size-setting.tsx';
import type { Change, Save } from './setting.ts';
import { VerifyRecords } from './verify-records.tsx';

interface RecordSettingsProps {
  settings: Settings;
  save: Save;
  saveNow: (change: Change) => void;
}

const options = BODIES.map((bodies) => [bodies, bodiesWords[bodies].word] as const);

/** What is kept of calls, for how long, and whether it is still what was written. */
export function RecordSettings({ settings, save, saveNow }: RecordSettingsProps) {
  const total = useLive((live) => live.gauges.callsTotal);
  return (
    <Group title="Records">
      <p className="numbers text-dim">{whole(total)} calls on record.</p>
      <ChoiceSetting
        label="Of arguments and answers, keep"
        hint={`${bodiesWords[settings.bodies].sentence} An agent can have its own choice.`}
        field="bodies"
        value={settings.bodies}
        options={options}
        onChoose={(bodies) => saveNow({ bodies })}
      />
      <NumberSetting
        label="Keep calls for"
        unit="days"
        hint="1 to 3,650. Older ones are deleted."
        field="keepDays"
        value={settings.keepDays}
        save={save}
      />
      <SizeSetting value={settings.keepMebibytes} save={save} />
      <VerifyRecords />
    </Group>
  );
}
