import { useState } from 'react';
import { PageHead } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { About } from './about.tsx';
import { ChoiceSetting, FlagSetting, Group, NumberSetting, TextSetting } from './controls.tsx';
import { NetworkSettings } from './network-settings.tsx';
import type { Change, Save } from './setting.ts';

const THEMES = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;
const BODIES = [
  ['whole', 'the whole'],
  ['hash', 'size and hash only'],
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
          <Group title="Calls">
            <NumberSetting
              label="A call waits for you"
              unit="seconds"
              hint="10 to 3,600. No answer in time means no."
              field="approvalSeconds"
              value={settings.approvalSeconds}
              save={save}
            />
            <NumberSetting
              label="An agent may work on one call"
              unit="seconds"
              hint="1 to 3,600. Then the call is ended."
              field="executionSeconds"
              value={settings.executionSeconds}
              save={save}
            />
            <FlagSetting
              label="Trusted peers may read unasked"
              hint="Only tools that state they read only. The statement is the agent’s own; check the agent first."
              field="trustedMayRead"
              value={settings.trustedMayRead}
              saveNow={saveNow}
            />
          </Group>
          <Group title="Records">
            <ChoiceSetting
              label="Of arguments and answers, keep"
              field="bodies"
              value={settings.bodies}
              options={BODIES}
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
          </Group>
        </fieldset>
        <About />
      </div>
    </>
  );
}
