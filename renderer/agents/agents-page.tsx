import { Bot, Plus } from 'lucide-react';
import type { AgentView } from '../../shared/agents.ts';
import { Button } from '../parts/button.tsx';
import { AgentStateMark } from '../parts/marks.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { VirtualGrid } from '../parts/virtual-grid.tsx';
import { useIsLive, useLive, useSorted } from '../state/hooks.ts';
import { go, slide } from '../state/route.ts';
import { bytes, plural } from '../words/format.ts';
import { AgentDialog } from './agent-dialog.tsx';
import { AgentPlaces } from './agent-places.tsx';
import { AgentPanel } from './agent-panel.tsx';
import { ADD, SEEN } from './places.ts';
import { SeenAgents } from './seen/seen-agents.tsx';

const byName = (a: AgentView, b: AgentView): number => a.name.localeCompare(b.name);
const keyOf = (agent: AgentView): string => agent.name;

export function AgentsPage({ rest }: { rest: readonly string[] }) {
  return rest[0] === SEEN ? <SeenAgents /> : <OwnAgents rest={rest} />;
}

function OwnAgents({ rest }: { rest: readonly string[] }) {
  const agents = useLive((live) => live.agents);
  const list = useSorted(agents, byName);
  const isLive = useIsLive();
  const [first] = rest;
  const adding = first === ADD;
  const selected = adding ? null : (list.find((agent) => agent.name === first) ?? null);
  const running = list.filter((agent) => agent.state === 'running').length;
  return (
    <>
      <PageHead
        title="Agents"
        note={
          list.length === 0 ? undefined : `${plural(list.length, 'agent')}, ${running.toString()} running`
        }
      >
        <AgentPlaces seen={false} />
        {list.length === 0 ? null : (
          <Button disabled={!isLive} onClick={() => go('agents', ADD)}>
            <Plus size={15} aria-hidden />
            <span>
              Add<span className="max-mid:sr-only"> an agent</span>
            </span>
          </Button>
        )}
      </PageHead>
      <div className="relative flex min-h-0 flex-1 border-t border-line">
        {list.length === 0 ? (
          <div className="flex-1 overflow-y-auto">
            <Empty icon={<Bot size={32} strokeWidth={1.5} />} title="You host no agent">
              <p>
                An agent is a program that speaks MCP, such as a file server or a database helper, or the
                address of one. Contacts may ask to use its tools; each call waits for you until you make a
                rule.
              </p>
              <Button kind="primary" disabled={!isLive} onClick={() => go('agents', ADD)}>
                Add an agent
              </Button>
            </Empty>
          </div>
        ) : (
          <div className="flex min-w-0 flex-1 flex-col bg-surface">
            <VirtualGrid
              label="Agents"
              rows={list}
              keyOf={keyOf}
              rowHeight={52}
              columns={4}
              head={<Head />}
              selected={selected?.name ?? null}
              onSelect={(agent, moved) => (moved ? slide : go)('agents', agent.name)}
            >
              {(agent) => <Cells agent={agent} />}
            </VirtualGrid>
          </div>
        )}
        {selected === null ? null : (
          <AgentPanel key={selected.name} agent={selected} onClose={() => go('agents')} />
        )}
      </div>
      {adding ? (
        <AgentDialog agent={null} onClose={() => go('agents')} onSaved={(name) => go('agents', name)} />
      ) : null}
    </>
  );
}

const cell = 'shrink-0 overflow-hidden px-2 whitespace-nowrap';
const width = {
  name: 'min-w-0 flex-1 !shrink pl-4 mid:pl-5',
  figures: 'w-40 text-right max-wide:hidden',
  tools: 'w-20 text-right max-mid:hidden',
  state: 'w-46 pl-4',
};

function Head() {
  return (
    <>
      <div role="columnheader" className={`${cell} ${width.name}`}>
        Agent
      </div>
      <div role="columnheader" className={`${cell} ${width.figures}`}>
        Processor, memory
      </div>
      <div role="columnheader" className={`${cell} ${width.tools}`}>
        Tools
      </div>
      <div role="columnheader" className={`${cell} ${width.state}`}>
        State
      </div>
    </>
  );
}

function Cells({ agent }: { agent: AgentView }) {
  return (
    <>
      <div role="gridcell" className={`${cell} ${width.name}`}>
        <div className="truncate font-medium">{agent.name}</div>
        <div className="truncate text-sm text-dim">
          {agent.description === '' ? (
            <code className="font-mono">{agent.commandLine}</code>
          ) : (
            agent.description
          )}
        </div>
      </div>
      <div role="gridcell" className={`${cell} ${width.figures} text-dim`}>
        {agent.memoryBytes === null
          ? ''
          : `${(agent.cpuPercent ?? 0).toFixed(1)} %, ${bytes(agent.memoryBytes)}`}
      </div>
      <div role="gridcell" className={`${cell} ${width.tools} text-dim`}>
        {agent.tools.length === 0 ? '' : agent.tools.length}
      </div>
      <div role="gridcell" className={`${cell} ${width.state}`}>
        <AgentStateMark state={agent.state} />
      </div>
    </>
  );
}
