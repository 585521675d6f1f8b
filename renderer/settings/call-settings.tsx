import type { Settings } from '../../shared/settings.ts';
import { FlagSetting, Group, NumberSetting } from './controls.tsx';
import { BudgetSetting } from './budget-setting.tsx';
import { QuietSetting } from './quiet-setting.tsx';
import type { Change, Save } from './setting.ts';

interface CallSettingsProps {
  settings: Settings;
  save: Save;
  saveNow: (change: Change) => void;
}

/** Who is asked, how long, and how much there is. */
export const CallSettings = ({ settings, save, saveNow }: CallSettingsProps) => (
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
      label="An answer can be taken back"
      unit="seconds"
      hint="0 to 30. So long it is held before it is carried out; at 0 it counts at once."
      field="undoSeconds"
      value={settings.undoSeconds}
      save={save}
    />
    <NumberSetting
      label="Questions of one peer that wait at once"
      unit="questions"
      hint="1 to 50. More are refused as busy, so that nobody floods you."
      field="questionsPerPeer"
      value={settings.questionsPerPeer}
      save={save}
    />
    <QuietSetting value={settings.quietHours} save={save} />
    <NumberSetting
      label="An agent may work on one call"
      unit="seconds"
      hint="1 to 3,600. Then the call is ended."
      field="executionSeconds"
      value={settings.executionSeconds}
      save={save}
    />
    <BudgetSetting value={settings.budget} save={save} />
    <FlagSetting
      label="Trusted peers may read unasked"
      hint="Only tools that state they read only. The statement is the agent’s own; check the agent first."
      field="trustedMayRead"
      value={settings.trustedMayRead}
      saveNow={saveNow}
    />
  </Group>
);
