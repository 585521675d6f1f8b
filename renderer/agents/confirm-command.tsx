import { useState } from 'react';
import type { AgentView } from '../../shared/agents.ts';
import { visibleText } from '../../shared/visible-text.ts';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';

const WHOLE = 100_000;

/** The whole command before its first run. The confirmation names the digest of what is shown here. */
export function ConfirmCommand({ agent }: { agent: AgentView }) {
  const host = useHost();
  const isLive = useIsLive();
  const [shownDigest] = useState(agent.sourceDigest);
  const confirm = useAction(async () => {
    const { name } = agent;
    await host((client) => client.agents.confirm({ name, sourceDigest: agent.sourceDigest }));
    await host((client) => client.agents.start({ name }));
  });
  const { source } = agent;
  const given = Object.keys(source.kind === 'stdio' ? source.env : source.headers);
  return (
    <section aria-label="Confirm the command" className="rounded-md border border-wait-line">
      <div className="flex flex-col gap-2 px-3 py-3">
        <p className="font-medium text-wait">
          {source.kind === 'stdio'
            ? 'This will run on your machine, as you'
            : 'This will be called from your machine'}
        </p>
        <pre
          tabIndex={0}
          role="region"
          aria-label={source.kind === 'stdio' ? 'Command line' : 'Address'}
          className="max-h-60 overflow-auto rounded-md border border-line bg-sunken px-2.5 py-2 font-mono text-sm break-all whitespace-pre-wrap"
        >
          {visibleText(agent.commandLine, { maxLength: WHOLE }).text}
        </pre>
        <p className="text-dim">
          {source.kind === 'stdio' ? `In ${source.cwd ?? 'your home directory'}. ` : ''}
          {given.length === 0
            ? ''
            : `With the ${source.kind === 'stdio' ? 'variable' : 'header'}${given.length === 1 ? '' : 's'} ${given.join(', ')}. `}
          Confirm it only if you know where it comes from.
        </p>
        {shownDigest === agent.sourceDigest ? null : (
          <p className="text-bad">It was changed while you looked. Read it again.</p>
        )}
        <Problem text={confirm.error} />
      </div>
      <div className="flex justify-end border-t border-line px-3 py-2.5">
        <Button disabled={!isLive || confirm.busy} onClick={confirm.run}>
          {confirm.busy ? 'Starting…' : 'Confirm and start'}
        </Button>
      </div>
    </section>
  );
}
