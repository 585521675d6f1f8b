import { useEffect, useRef } from 'react';
import type { Tool } from '../../shared/agents.ts';
import type { AgentName, PeerId } from '../../shared/ids.ts';
import { ToolRisk } from '../agents/agent-panel.tsx';
import { Button } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { LegacyBadge } from '../parts/legacy-badge.tsx';
import { Problem } from '../parts/problem.tsx';
import { useIsLive, useLive } from '../state/hooks.ts';
import { endedWords, ownCall } from './own-call.ts';
import { ChangedLine, Ended, UnderWay } from './own-call-standing.tsx';
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
  const after = call.state.kind === 'idle' ? null : call.state.after;
  const own = useLive((live) =>
    after === null ? undefined : ownCall(live.calls, { peerId, agent, tool: tool.name }, after),
  );

  const outcome = useRef<HTMLDivElement>(null);
  const isOver = call.state.kind === 'answered' || call.state.kind === 'failed';
  useEffect(() => {
    // Below a long form it would come unseen.
    if (isOver) outcome.current?.scrollIntoView({ block: 'nearest' });
  }, [isOver, own?.status, own?.redeemable]);

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
              <UnderWay call={own} since={call.state.since} />
              <Button onClick={call.cancel}>Cancel</Button>
            </>
          ) : null}
        </div>
      </form>
      <div ref={outcome} className="flex flex-col gap-3 empty:hidden">
        {call.state.kind === 'idle' ? null : <ChangedLine call={own} />}
        {call.state.kind === 'failed' ? (
          own !== undefined && endedWords(own) !== null ? (
            <Ended call={own} />
          ) : (
            <Problem text={call.state.sentence} />
          )
        ) : null}
        {call.state.kind === 'answered' ? (
          <ToolResultView result={call.state.result} tookMs={call.state.tookMs} />
        ) : null}
      </div>
    </div>
  );
}
