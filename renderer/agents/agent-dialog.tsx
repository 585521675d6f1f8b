import { useRef, useState } from 'react';
import type { AgentView } from '../../shared/agents.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Input, TextArea, Toggle } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { emptyForm, formOf, readForm, type AgentErrors, type AgentForm } from './agent-form.ts';
import { BodiesField } from './bodies-field.tsx';
import { splitCommandLine } from './command-line.ts';

interface AgentDialogProps {
  /** Null: a new one. */
  agent: AgentView | null;
  onClose: () => void;
  onSaved: (name: string) => void;
}

export function AgentDialog({ agent, onClose, onSaved }: AgentDialogProps) {
  const [form, setForm] = useState<AgentForm>(() => (agent === null ? emptyForm : formOf(agent)));
  const [errors, setErrors] = useState<AgentErrors>({});
  const host = useHost();
  const first = useRef<HTMLInputElement>(null);
  const save = useAction(async () => {
    const { spec, errors: found } = readForm(form);
    setErrors(found ?? {});
    if (spec === null) return;
    await host((client) =>
      agent === null ? client.agents.add(spec) : client.agents.edit({ name: agent.name, spec }),
    );
    onSaved(spec.name);
  });
  const set = (change: Partial<AgentForm>) => setForm({ ...form, ...change });
  return (
    <Dialog
      open
      onClose={onClose}
      title={agent === null ? 'Add an agent' : `Edit ${agent.name}`}
      initialFocus={first}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        <Field label="Name" hint="Others see it, and call it by it." error={errors.name}>
          {(control) => (
            <Input
              {...control}
              ref={first}
              value={form.name}
              maxLength={40}
              placeholder="notes"
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
        <fieldset className="flex flex-col gap-1">
          <legend className="pb-1 font-medium">What it is</legend>
          <Choice
            label="A program on this machine"
            checked={form.kind === 'stdio'}
            onChoose={() => set({ kind: 'stdio' })}
          />
          <Choice
            label="An address (Streamable HTTP)"
            checked={form.kind === 'http'}
            onChoose={() => set({ kind: 'http' })}
          />
        </fieldset>
        {form.kind === 'stdio' ? (
          <ProgramFields form={form} errors={errors} set={set} />
        ) : (
          <AddressFields form={form} errors={errors} set={set} />
        )}
        <Field label="Description" hint="Optional. Contacts see it." error={errors.description}>
          {(control) => (
            <Input
              {...control}
              value={form.description}
              maxLength={500}
              onChange={(event) => set({ description: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Tags"
          hint="Optional, with commas between them. Others find it by them."
          error={errors.tags}
        >
          {(control) => (
            <Input
              {...control}
              value={form.tags}
              placeholder="files, notes"
              onChange={(event) => set({ tags: event.target.value })}
            />
          )}
        </Field>
        <Toggle
          label="Start with Gatehouse"
          checked={form.autostart}
          onChange={(autostart) => set({ autostart })}
        />
        <Toggle
          label="Announce to the whole network"
          hint="Anybody may then see its name, description, tags and tools, and that it runs here. Who may call it does not change."
          checked={form.announced}
          onChange={(announced) => set({ announced })}
        />
        <BodiesField value={form.bodies} onChoose={(bodies) => set({ bodies })} />
        <Problem text={save.error} />
        <div className="flex items-center justify-end gap-2">
          <p className="mr-auto text-sm text-dim">Nothing runs before you confirm it in the next step.</p>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={save.busy}>
            {agent === null ? 'Add' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const Choice = ({ label, checked, onChoose }: { label: string; checked: boolean; onChoose: () => void }) => (
  <label className="flex items-center gap-2 py-0.5">
    <input type="radio" name="agent-kind" checked={checked} onChange={onChoose} className="accent-accent" />
    {label}
  </label>
);

interface FieldsProps {
  form: AgentForm;
  errors: AgentErrors;
  set: (change: Partial<AgentForm>) => void;
}

function ProgramFields({ form, errors, set }: FieldsProps) {
  const split = splitCommandLine(form.commandLine);
  return (
    <>
      <Field
        label="Command line"
        hint="Runs through no shell: quotes keep words together, nothing is expanded."
        error={errors.commandLine}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={2}
            className="font-mono text-sm"
            value={form.commandLine}
            placeholder="npx -y @modelcontextprotocol/server-filesystem /home/me/shared"
            onChange={(event) => set({ commandLine: event.target.value.replaceAll('\n', ' ') })}
          />
        )}
      </Field>
      {split.ok && split.words.length > 1 ? (
        <div className="-mt-2 flex flex-wrap items-center gap-1" aria-label="The command, word by word">
          {split.words.map((word, index) => (
            <code
              key={index}
              className={`max-w-full rounded-sm border px-1.5 font-mono text-xs leading-4.5 break-all ${
                index === 0 ? 'border-accent text-accent' : 'border-line text-dim'
              }`}
            >
              {word === '' ? ' ' : word}
            </code>
          ))}
        </div>
      ) : null}
      <Field
        label="Environment"
        hint="Optional, one NAME=value a line. • keeps a stored value."
        error={errors.env}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={2}
            className="font-mono text-sm"
            value={form.env}
            onChange={(event) => set({ env: event.target.value })}
          />
        )}
      </Field>
      <Field label="Working directory" hint="Empty: your home directory." error={errors.cwd}>
        {(control) => (
          <Input
            {...control}
            className="font-mono text-sm"
            value={form.cwd}
            onChange={(event) => set({ cwd: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function AddressFields({ form, errors, set }: FieldsProps) {
  return (
    <>
      <Field label="Address" error={errors.url}>
        {(control) => (
          <Input
            {...control}
            className="font-mono text-sm"
            value={form.url}
            placeholder="http://127.0.0.1:3000/mcp"
            onChange={(event) => set({ url: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Headers"
        hint="Optional, one Name: value a line. • keeps a stored value."
        error={errors.headers}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={2}
            className="font-mono text-sm"
            value={form.headers}
            onChange={(event) => set({ headers: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
