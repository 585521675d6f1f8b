import { ArrowLeft } from 'lucide-react';
import type { Tool } from '../../shared/agents.ts';
import type { PeerId } from '../../shared/ids.ts';
import { ToolRisk } from '../agents/agent-panel.tsx';
import { buttonClass } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { UnsignedMark } from '../parts/marks.tsx';
import { Empty } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { ToolForm } from './tool-form.tsx';
import { useTools } from './use-tools.ts';

interface ToolPageProps {
  peerId: PeerId;
  agent: string;
  /** The tool's name; null until one is picked. */
  tool: string | null;
}

/** A peer's agent: its tools, and the one that is picked. */
export function ToolPage({ peerId, agent, tool }: ToolPageProps) {
  const { tools, error, name } = useTools(peerId, agent);
  const unsigned = useLive(
    (live) => live.peers[peerId]?.agents.find((entry) => entry.name === agent)?.verified === false,
  );
  const picked = tools?.find((entry) => entry.name === tool) ?? null;
  return (
    <>
      <header className="flex min-h-12 shrink-0 items-center gap-2 px-4 py-2 mid:px-5">
        <a
          href={tool === null ? href('peers', peerId) : href('peers', peerId, agent)}
          className={`${buttonClass('quiet')} !px-2 !no-underline`}
          aria-label={tool === null ? 'Back to the peer' : 'Back to the tools'}
        >
          <ArrowLeft size={16} aria-hidden />
        </a>
        <h1 className="flex min-w-0 items-baseline gap-1.5 text-lg">
          <PeerNameOf peerId={peerId} className="text-dim" />
          <span aria-hidden className="text-dim">
            ▸
          </span>
          <span className="shrink-0 font-semibold">{name ?? 'unknown agent'}</span>
          {unsigned ? <UnsignedMark /> : null}
        </h1>
      </header>
      <div className="flex min-h-0 flex-1 border-t border-line">
        {error !== null ? (
          <div className="flex-1 p-5">
            <Problem text={`The tools could not be fetched. ${error}`} />
          </div>
        ) : tools === null ? (
          <p role="status" className="p-5 text-dim">
            Asking for the tools…
          </p>
        ) : tools.length === 0 ? (
          <div className="flex-1">
            <Empty title="It offers no tools">
              <p>This agent can be reached and has nothing to call.</p>
            </Empty>
          </div>
        ) : (
          <>
            <ToolList
              tools={tools}
              picked={tool}
              hrefOf={(entry) => href('peers', peerId, agent, entry.name)}
            />
            <div className={`min-w-0 flex-1 overflow-y-auto ${picked === null ? 'max-mid:hidden' : ''}`}>
              {picked === null || name === null ? (
                <Empty title="Pick a tool">
                  <p>
                    Its form is made from what the agent says it takes. Their person may be asked before it
                    runs.
                  </p>
                </Empty>
              ) : (
                <ToolForm key={picked.name} peerId={peerId} agent={name} tool={picked} />
              )}
            </div>
          </>
        )}
      </div>
    </>
  );
}

function ToolList({
  tools,
  picked,
  hrefOf,
}: {
  tools: readonly Tool[];
  picked: string | null;
  hrefOf: (tool: Tool) => string;
}) {
  return (
    <nav
      aria-label="Tools"
      className={`w-72 shrink-0 overflow-y-auto border-r border-line bg-surface max-mid:w-full ${
        picked === null ? '' : 'max-wide:hidden'
      }`}
    >
      <ul className="p-2">
        {tools.map((tool) => (
          <li key={tool.name}>
            <a
              href={hrefOf(tool)}
              aria-current={tool.name === picked ? 'true' : undefined}
              className={`block rounded-md px-2.5 py-1.5 text-text! no-underline! hover:bg-hover ${
                tool.name === picked ? 'bg-accent-ground' : ''
              }`}
            >
              <Hostile text={tool.name} max={120} className="font-mono text-sm font-medium" />
              <span className="line-clamp-2 text-sm text-dim">
                <Hostile text={tool.description} max={140} />
              </span>
              <ToolRisk tool={tool} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
