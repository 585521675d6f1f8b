import { useState, type ReactNode } from 'react';
import { Settings } from '../../shared/settings.ts';
import type { HostClient } from '../connection/index.ts';
import { Button } from '../parts/button.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Field, Input, Select, Toggle } from '../parts/field.tsx';
import { Fact, Facts, PageHead, Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { date } from '../words/format.ts';

type Change = Parameters<HostClient['settings']['set']>[0];
type Save = (change: Change) => Promise<string | null>;

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
      <PageHead title="Settings" note="Each takes effect at once" />
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
            <Field label="Theme">
              {(control) => (
                <Select
                  {...control}
                  className="!w-48"
                  value={settings.theme}
                  onChange={(event) => {
                    const parsed = Settings.shape.theme.safeParse(event.target.value);
                    if (parsed.success) saveNow({ theme: parsed.data });
                  }}
                >
                  <option value="system">As the system</option>
                  <option value="light">Light</option>
                  <option value="dark">Dark</option>
                </Select>
              )}
            </Field>
          </Group>
          <Group title="Network">
            <Toggle
              label="Find others on this network"
              hint="By mDNS. They see this machine’s name and id, not its agents."
              checked={settings.mdns}
              disabled={!isLive}
              onChange={(mdns) => saveNow({ mdns })}
            />
          </Group>
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
            <Toggle
              label="Trusted peers may read unasked"
              hint="Only tools that state they read only. The statement is the agent’s own; check the agent first."
              checked={settings.trustedMayRead}
              disabled={!isLive}
              onChange={(trustedMayRead) => saveNow({ trustedMayRead })}
            />
          </Group>
          <Group title="Records">
            <Field label="Of arguments and answers, keep">
              {(control) => (
                <Select
                  {...control}
                  className="!w-48"
                  value={settings.bodies}
                  onChange={(event) => {
                    const parsed = Settings.shape.bodies.safeParse(event.target.value);
                    if (parsed.success) saveNow({ bodies: parsed.data });
                  }}
                >
                  <option value="whole">the whole</option>
                  <option value="hash">size and hash only</option>
                </Select>
              )}
            </Field>
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

const Group = ({ title, children }: { title: string; children: ReactNode }) => (
  <Section title={title}>
    <div className="flex flex-col gap-5 rounded-md border border-line bg-surface p-4">{children}</div>
  </Section>
);

interface DraftProps<Name extends keyof Settings> {
  label: string;
  hint: string;
  field: Name;
  value: Settings[Name];
  save: Save;
}

/** A draft that is checked and saved when it is left or Enter is pressed. */
function useDraft(value: string, field: keyof Settings, save: Save, read: (text: string) => unknown) {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const commit = () => {
    if (draft === null || draft === value) {
      setDraft(null);
      setError(null);
      return;
    }
    const parsed = Settings.partial().safeParse({ [field]: read(draft) });
    if (!parsed.success) {
      setError(parsed.error.issues[0]?.message ?? 'Not accepted.');
      return;
    }
    void save(parsed.data).then((problem) => {
      setError(problem);
      if (problem === null) setDraft(null);
    });
  };
  return { text: draft ?? value, changed: draft !== null && draft !== value, setDraft, error, commit };
}

function TextSetting({ label, hint, field, value, save }: DraftProps<'name'>) {
  const draft = useDraft(value, field, save, (text) => text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.commit();
      }}
    >
      <Field label={label} hint={hint} error={draft.error}>
        {(control) => (
          <span className="flex gap-2">
            <Input
              {...control}
              value={draft.text}
              maxLength={60}
              onChange={(event) => draft.setDraft(event.target.value)}
              onBlur={draft.commit}
            />
            {draft.changed ? <Button type="submit">Save</Button> : null}
          </span>
        )}
      </Field>
    </form>
  );
}

function NumberSetting({
  label,
  hint,
  unit,
  field,
  value,
  save,
}: DraftProps<'approvalSeconds' | 'executionSeconds' | 'keepDays'> & { unit: string }) {
  const draft = useDraft(value.toString(), field, save, Number);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        draft.commit();
      }}
    >
      <Field label={label} hint={hint} error={draft.error}>
        {(control) => (
          <span className="flex items-center gap-2">
            <Input
              {...control}
              inputMode="numeric"
              className="numbers !w-24"
              value={draft.text}
              onChange={(event) => draft.setDraft(event.target.value)}
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

const keyWords = {
  file: 'in a file only you can read',
  os: 'encrypted by the operating system',
  plain: 'in a file, because the operating system offered no real encryption',
} as const;

function About() {
  const host = useLive((live) => live.host);
  return (
    <div className="max-w-140 pt-8">
      <Section title="About">
        <Facts>
          <Fact name="Version">Gatehouse {host.version}</Fact>
          <Fact name="Started">{date(host.startedAt)}</Fact>
          <Fact name="Data">
            <Copyable text={host.dataDir} what="data folder" />
          </Fact>
          <Fact name="Key">Kept {keyWords[host.keyKeptBy]}.</Fact>
        </Facts>
      </Section>
    </div>
  );
}
