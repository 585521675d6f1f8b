import { TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Tool } from '../../shared/agents.ts';
import type { CompareRequest } from '../../shared/compare.ts';
import type { AgentName } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { ToolRisk } from '../agents/agent-panel.tsx';
import { Field, Select } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { ToolArgumentFields, useToolArguments } from '../tools/tool-arguments.tsx';
import { useTools } from '../tools/use-tools.ts';
import { shown } from '../words/shown.ts';
import { isDawnNode } from '../words/transports.ts';

type Target = NonNullable<CompareRequest['target']>;
/** What is to be called; null where something is missing, which the form then says. */
export type ReadTarget = () => Target | null;

interface TargetFieldsProps {
  peer: PeerView;
  agent: string;
  onReader: (read: ReadTarget) => void;
}

/** A tool of a peer's agent, and its arguments. */
export function TargetFields({ peer, agent, onReader }: TargetFieldsProps) {
  const { tools, error, name } = useTools(peer.peerId, agent);
  const [chosen, setChosen] = useState<string | null>(null);
  const tool = tools?.find((entry) => entry.name === chosen) ?? tools?.[0];
  useEffect(() => {
    if (tool === undefined) onReader(() => null);
    // The form of a tool gives its own reader.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tool]);
  if (error !== null) return <Problem text={`The tools could not be fetched. ${error}`} />;
  if (tools === null)
    return (
      <p role="status" className="text-dim">
        Asking for the tools…
      </p>
    );
  if (tool === undefined || name === null) return <p className="text-dim">It offers no tools.</p>;
  return (
    <div className="flex flex-col gap-4 border-l-2 border-line pl-3">
      <Field label="Tool">
        {(control) => (
          <Select
            {...control}
            className="font-mono text-sm"
            value={tool.name}
            onChange={(event) => setChosen(event.target.value)}
          >
            {tools.map((entry) => (
              <option key={entry.name} value={entry.name}>
                {shown(entry.name, 120)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <ToolRisk tool={tool} />
      {tool.annotations.readOnly ? null : (
        <p className="flex items-start gap-2">
          <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0 text-bad" />
          It is really called, as often as you enter below, over each way. What it changes is changed as
          often.
        </p>
      )}
      <p className="text-sm text-dim">
        {isDawnNode(peer)
          ? 'You are asked about each call, since its answers are not encrypted.'
          : 'Each call passes their gate. Where their person is asked, the calls wait.'}
      </p>
      <Arguments key={tool.name} agent={name} tool={tool} onReader={onReader} />
    </div>
  );
}

function Arguments({
  agent,
  tool,
  onReader,
}: {
  agent: AgentName;
  tool: Tool;
  onReader: (read: ReadTarget) => void;
}) {
  const entered = useToolArguments(tool);
  useEffect(() => {
    onReader(() => {
      const values = entered.check();
      return values === null ? null : { agent, tool: tool.name, arguments: values };
    });
    // `entered` is made anew with every change; its values are what matters.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [agent, tool, entered.values, entered.raw, entered.broken]);
  return <ToolArgumentFields entered={entered} />;
}
