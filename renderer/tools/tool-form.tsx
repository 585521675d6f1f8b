import type { Tool } from '../../shared/agents.ts';
import type { AgentName, PeerId } from '../../shared/ids.ts';
import { ToolRisk } from '../agents/agent-panel.tsx';
import { Button } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { LegacyBadge } from '../parts/legacy-badge.tsx';
import { Problem } from '../parts/problem.tsx';
import { useIsLive, useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { clock } from '../words/format.ts';
import { ToolArgumentFields, useToolArguments } from './tool-arguments.tsx';
import { ToolResultView } from './tool-result.tsx';
import { useToolCall } from './use-tool-call.ts';

interface ToolFormProps {
  peerId: PeerId;
  agent: AgentName;
  tool: Tool;
}

/** A form made from the tool's schema, or raw JSON; the wait for the other side; the answer. */
export function ToolForm({ peerId, agent, tool }: ToolFormProps) {
  const entered = useToolArguments(tool);
  const call = useToolCall({ peerId, agent, tool: tool.name });
  const isLive = useIsLive();
  const isLegacy = useLive((live) => live.peers[peerId]?.links[0]?.path === 'legacy');
  const running = call.state.kind === 'running';

  const submit = () => {
    const values = entered.check();
    if (values !== null) call.start(values);
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
        {isLegacy ? (
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1 pt-1">
            <LegacyBadge />
            <span className="text-dim">You are asked again before it leaves.</span>
          </div>
        ) : null}
      </div>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!running) submit();
        }}
      >
        <ToolArgumentFields entered={entered} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" kind="primary" disabled={!isLive || running || entered.broken}>
            Call
          </Button>
          {call.state.kind === 'running' ? (
            <>
              <Waiting since={call.state.since} target={{ peerId, agent, tool: tool.name }} />
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

interface Target {
  peerId: PeerId;
  agent: AgentName;
  tool: string;
}

/** First "Calling", since most calls are quick; after a moment it is a person who takes time: here, or there. */
function Waiting({ since, target }: { since: number; target: Target }) {
  const now = useNow(500);
  const isOurs = useLive((live) =>
    Object.values(live.approvals).some(
      ({ direction, peerId, agent, tool }) =>
        direction === 'out' && peerId === target.peerId && agent === target.agent && tool === target.tool,
    ),
  );
  if (isOurs) {
    return (
      <p role="status" className="text-wait">
        It waits for you, under <a href={href('approvals')}>Approvals</a>.
      </p>
    );
  }
  return (
    <p role="status" className="numbers text-dim">
      {now - since < SOON_MS ? 'Calling…' : 'Waiting for their person… '}
      {now - since < SOON_MS ? '' : <span aria-hidden>{clock(now - since)}</span>}
    </p>
  );
}
