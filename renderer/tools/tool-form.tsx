import { useCallback, useId, useMemo, useState } from 'react';
import type { Tool } from '../../shared/agents.ts';
import type { AgentName, PeerId } from '../../shared/ids.ts';
import { ToolRisk } from '../agents/agent-panel.tsx';
import { Button } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useIsLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { clock } from '../words/format.ts';
import { JsonEditor, ObjectFields } from './form-fields.tsx';
import { formModel, initialValue, problems } from './form-model.ts';
import { ToolResultView } from './tool-result.tsx';
import { useToolCall } from './use-tool-call.ts';

interface ToolFormProps {
  peerId: PeerId;
  agent: AgentName;
  tool: Tool;
}

type Values = Record<string, unknown>;
const asValues = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

/** A form made from the tool's schema, or raw JSON; the wait for the other side; the answer. */
export function ToolForm({ peerId, agent, tool }: ToolFormProps) {
  const model = useMemo(() => formModel(tool.inputSchema), [tool]);
  const [values, setValues] = useState<Values>(() => asValues(initialValue(model)));
  const [raw, setRaw] = useState(model.kind !== 'object');
  const [broken, setBroken] = useState<string | null>(null);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const call = useToolCall({ peerId, agent, tool: tool.name });
  const isLive = useIsLive();
  const editorId = useId();
  const onBroken = useCallback((error: string | null) => setBroken(error), []);
  const running = call.state.kind === 'running';

  const submit = () => {
    const found = raw ? {} : problems(model, values);
    setErrors(found);
    if (Object.keys(found).length === 0 && broken === null) call.start(values);
  };

  return (
    <div className="flex max-w-170 flex-col gap-5 p-4 mid:p-5">
      <div className="flex flex-col gap-1">
        <h2 className="flex flex-wrap items-baseline gap-x-3 text-lg">
          <Hostile text={tool.name} max={160} className="font-mono font-semibold" />
          <ToolRisk tool={tool} />
        </h2>
        {tool.title === null ? null : <Hostile text={tool.title} max={160} className="font-medium" />}
        <p className="text-dim">
          <Hostile text={tool.description} max={1500} />
        </p>
      </div>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!running) submit();
        }}
      >
        {model.kind === 'object' ? (
          <div className="flex gap-1" role="group" aria-label="How to enter the arguments">
            <Button
              size="small"
              kind={raw ? 'quiet' : 'plain'}
              aria-pressed={!raw}
              onClick={() => setRaw(false)}
            >
              Form
            </Button>
            <Button
              size="small"
              kind={raw ? 'plain' : 'quiet'}
              aria-pressed={raw}
              onClick={() => setRaw(true)}
            >
              JSON
            </Button>
          </div>
        ) : null}
        {raw || model.kind !== 'object' ? (
          <div className="flex flex-col gap-1">
            <label htmlFor={editorId} className="font-medium">
              Arguments as JSON
            </label>
            <JsonEditor
              id={editorId}
              rows={10}
              value={values}
              onChange={(value) => setValues(asValues(value))}
              onBroken={onBroken}
            />
          </div>
        ) : model.entries.length === 0 ? (
          <p className="text-dim">It takes no arguments.</p>
        ) : (
          <ObjectFields
            entries={model.entries}
            value={values}
            path=""
            errors={errors}
            onChange={(value) => setValues(asValues(value))}
          />
        )}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" kind="primary" disabled={!isLive || running || (raw && broken !== null)}>
            Call
          </Button>
          {call.state.kind === 'running' ? (
            <>
              <Waiting since={call.state.since} />
              <Button onClick={call.cancel}>Cancel</Button>
            </>
          ) : null}
        </div>
      </form>
      {call.state.kind === 'failed' ? <Problem text={call.state.sentence} /> : null}
      {call.state.kind === 'answered' ? (
        <ToolResultView result={call.state.result} tookMs={call.state.tookMs} />
      ) : null}
    </div>
  );
}

const SOON_MS = 1500;

/** First "Calling", since most calls are quick; after a moment it is a person who takes time. */
function Waiting({ since }: { since: number }) {
  const now = useNow(500);
  return (
    <p role="status" className="numbers text-dim">
      {now - since < SOON_MS ? 'Calling…' : 'Waiting for their person… '}
      {now - since < SOON_MS ? '' : <span aria-hidden>{clock(now - since)}</span>}
    </p>
  );
}
