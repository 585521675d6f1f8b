import { Ellipsis, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { AgentView, ToolSummary } from '../../shared/agents.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { AgentStateMark } from '../parts/marks.tsx';
import { Menu } from '../parts/menu.tsx';
import { Fact, Facts, Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { SidePanel } from '../parts/side-panel.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { go } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { bytes, clock, date } from '../words/format.ts';
import { AgentDialog } from './agent-dialog.tsx';
import { AgentLog } from './agent-log.tsx';
import { ConfirmCommand } from './confirm-command.tsx';

type Open = 'edit' | 'remove' | null;

export function AgentPanel({ agent, onClose }: { agent: AgentView; onClose: () => void }) {
  const [open, setOpen] = useState<Open>(null);
  const host = useHost();
  const close = () => setOpen(null);
  return (
    <SidePanel
      label="Selected agent"
      title={<span className="font-semibold">{agent.name}</span>}
      onClose={onClose}
    >
      {agent.state === 'unconfirmed' ? <ConfirmCommand agent={agent} /> : null}
      <div className="flex flex-col gap-2">
        <AgentStateMark state={agent.state} />
        <StateSentence agent={agent} />
        {agent.description === '' ? null : <p className="break-words">{agent.description}</p>}
      </div>
      <Actions agent={agent} onOpen={setOpen} />
      <Facts>
        <Fact name={agent.source.kind === 'stdio' ? 'Command' : 'Address'}>
          <Copyable text={agent.commandLine} what="command" />
        </Fact>
        {agent.memoryBytes === null ? null : (
          <Fact name="Uses">
            {(agent.cpuPercent ?? 0).toFixed(1)} % processor, {bytes(agent.memoryBytes)} memory
          </Fact>
        )}
        {agent.pid === null ? null : <Fact name="Process">{agent.pid}</Fact>}
        {agent.server === null ? null : (
          <Fact name="Says it is">
            <Hostile text={`${agent.server.name} ${agent.server.version}`} max={120} />
            <span className="text-dim">, MCP {agent.server.protocol}</span>
          </Fact>
        )}
        <Fact name="Restarts">{agent.restarts}</Fact>
        <Fact name="Calls running">{agent.callsRunning}</Fact>
        <Fact name="Starts">{agent.autostart ? 'with Gatehouse' : 'by hand'}</Fact>
        <Fact name="Seen by">
          {agent.announced ? 'the whole network: it is announced' : 'your contacts only'}
        </Fact>
        {agent.tags.length === 0 ? null : <Fact name="Tags">{agent.tags.join(', ')}</Fact>}
      </Facts>
      <Tools tools={agent.tools} running={agent.state === 'running'} />
      <AgentLog name={agent.name} state={agent.state} />
      {open === 'edit' ? <AgentDialog agent={agent} onClose={close} onSaved={close} /> : null}
      <Confirm
        open={open === 'remove'}
        onClose={close}
        title={`Remove ${agent.name}?`}
        verb="Remove"
        onConfirm={async () => {
          await host((client) => client.agents.remove({ name: agent.name }));
          go('agents');
        }}
      >
        <p>It is stopped and its settings are deleted. The program itself and recorded calls stay.</p>
      </Confirm>
    </SidePanel>
  );
}

function StateSentence({ agent }: { agent: AgentView }) {
  const now = useNow(1000);
  return (
    <p className="numbers text-dim">
      {agent.detail === null ? null : <Hostile text={agent.detail} max={400} className="text-text" />}{' '}
      {agent.nextStartAt !== null && agent.nextStartAt > now
        ? `Starts again in ${clock(agent.nextStartAt - now)}.`
        : `In this state since ${date(agent.since)}.`}
    </p>
  );
}

function Actions({ agent, onOpen }: { agent: AgentView; onOpen: (open: Open) => void }) {
  const host = useHost();
  const stopped = useLive((live) => live.host.stoppedAt !== null);
  const isLive = useIsLive();
  const { name } = agent;
  const start = useAction(() => host((client) => client.agents.start({ name })));
  const stop = useAction(() => host((client) => client.agents.stop({ name })));
  const restart = useAction(() => host((client) => client.agents.restart({ name })));
  const busy = !isLive || start.busy || stop.busy || restart.busy;
  const runs = agent.state === 'running' || agent.state === 'starting' || agent.state === 'waiting';
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {runs ? (
          <>
            <Button disabled={busy} onClick={stop.run}>
              Stop
            </Button>
            <Button disabled={busy || stopped} onClick={restart.run}>
              Restart
            </Button>
          </>
        ) : agent.state === 'unconfirmed' ? null : (
          <Button disabled={busy || stopped || agent.state === 'stopping'} onClick={start.run}>
            {start.busy ? 'Starting…' : 'Start'}
          </Button>
        )}
        <Button disabled={!isLive} onClick={() => onOpen('edit')}>
          Edit…
        </Button>
        <Menu
          disabled={!isLive}
          align="start"
          trigger={
            <button type="button" className={buttonClass()} aria-label="More actions for this agent">
              <Ellipsis size={15} aria-hidden />
            </button>
          }
          entries={[{ label: 'Remove…', danger: true, onChoose: () => onOpen('remove') }]}
        />
      </div>
      <Problem text={start.error ?? stop.error ?? restart.error} />
    </div>
  );
}

function Tools({ tools, running }: { tools: readonly ToolSummary[]; running: boolean }) {
  return (
    <Section title="Tools" note={tools.length === 0 ? undefined : tools.length.toString()}>
      {tools.length === 0 ? (
        <p className="text-dim">{running ? 'It offers none.' : 'Unknown until it runs.'}</p>
      ) : (
        <ul className="flex flex-col gap-2.5">
          {tools.map((tool) => (
            <li key={tool.name}>
              <div className="flex items-baseline gap-2">
                <Hostile text={tool.name} max={120} className="font-mono font-medium" />
                <ToolRisk tool={tool} />
              </div>
              <p className="text-dim">
                <Hostile text={tool.description} max={240} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export function ToolRisk({ tool }: { tool: Pick<ToolSummary, 'annotations'> }) {
  const { annotations } = tool;
  if (annotations.stated && annotations.readOnly) return <span className="text-sm text-dim">only reads</span>;
  if (annotations.stated && !annotations.destructive)
    return <span className="text-sm text-dim">can change things</span>;
  return (
    <span className="inline-flex items-center gap-1 text-sm text-bad">
      <TriangleAlert size={12} aria-hidden />
      {annotations.stated ? 'can change or delete' : 'may change or delete'}
    </span>
  );
}
