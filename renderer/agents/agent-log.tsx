import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { AgentState, LogLine } from '../../shared/agents.ts';
import type { AgentName } from '../../shared/ids.ts';
import { Button } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { time } from '../words/format.ts';

const EVERY_MS = 3000;
const SHOWN_LINES = 300;
const LINE = 1000;

/** The last lines it wrote, read again while the panel is open. */
export function AgentLog({ name, state }: { name: AgentName; state: AgentState }) {
  const host = useHost();
  const [lines, setLines] = useState<readonly LogLine[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const box = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);

  const load = useCallback(
    () =>
      host((client) => client.agents.logs({ name })).then(
        (read) => {
          setLines(read.slice(-SHOWN_LINES));
          setError(null);
        },
        (caught: unknown) => setError(sentenceOf(caught)),
      ),
    [host, name],
  );

  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), EVERY_MS);
    return () => clearInterval(timer);
  }, [load, state]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);

  return (
    <Section
      title="Log"
      action={
        <Button kind="quiet" size="small" onClick={() => void load()}>
          Read again
        </Button>
      }
    >
      <Problem text={error} />
      {lines === null ? null : lines.length === 0 ? (
        <p className="text-dim">It has written nothing yet.</p>
      ) : (
        <ol
          ref={box}
          tabIndex={0}
          aria-label="Log lines"
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
          }}
          className="numbers max-h-72 overflow-auto rounded-md border border-line bg-sunken px-2.5 py-2 font-mono text-xs"
        >
          {lines.map((line, index) => (
            <li key={index} className="flex gap-2">
              <span className="shrink-0 text-dim">{time(line.at)}</span>
              <span className={`min-w-0 break-words ${line.from === 'gatehouse' ? 'text-accent' : ''}`}>
                {line.from === 'gatehouse' ? <span className="sr-only">Gatehouse: </span> : null}
                <Hostile text={line.text} max={LINE} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
