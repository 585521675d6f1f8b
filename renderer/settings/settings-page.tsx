import { useState } from 'react';
import { PageHead } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { About } from './about.tsx';
import { CallSettings } from './call-settings.tsx';
import { ChoiceSetting, Group, TextSetting } from './controls.tsx';
import { NetworkSettings } from './network-settings.tsx';
import { RecordSettings } from './record-settings.tsx';
import type { Change, Save } from './setting.ts';

const THEMES = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

/** Each setting takes effect as soon as it is changed. */
export function SettingsPage() {
  const settings = useLive((live) => live.settings);
  const host = useHost();
  const isLive = useIsLive();
  const [problem, setProblem] = useState<string | null>(null);
  const save: Save = async (change) => {
    try {
      await host((client) => client.settings.set(change));
      setProblem(null);
      return null;
    } catch (error) {
      return sentenceOf(error);
    }
  };
  const saveNow = (change: Change) => {
    void save(change).then(setProblem);
  };
  return (
    <>
      <PageHead title="Settings" note="Each takes effect at once, unless it says otherwise" />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        <fieldset disabled={!isLive} className="flex max-w-140 flex-col gap-8">
          <legend className="sr-only">Settings</legend>
          <Problem text={problem} />
          <Group title="This machine">
            <TextSetting
              label="Name"
              hint="What this machine calls itself to its peers."
              field="name"
              value={settings.name}
              save={save}
            />
            <ChoiceSetting
              label="Theme"
              field="theme"
              value={settings.theme}
              options={THEMES}
              onChoose={(theme) => saveNow({ theme })}
            />
          </Group>
          <NetworkSettings settings={settings} save={save} saveNow={saveNow} />
          <CallSettings settings={settings} save={save} saveNow={saveNow} />
          <RecordSettings settings={settings} save={save} saveNow={saveNow} />
        </fieldset>
        <About />
      </div>
    </>
  );
}
