import { useEffect, useState } from 'react';
import type { ReviewView } from '../../shared/gate.ts';
import { HiddenFlag } from '../approvals/arguments.tsx';
import { hidesIn } from '../approvals/whole-arguments.ts';
import { HostileJson } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { readToolResult } from '../tools/result-content.ts';
import { ResultParts, type ToolResult } from '../tools/tool-result.tsx';
import { bytes } from '../words/format.ts';

/** All of what would leave: texts as they read, the rest as JSON. */
export function HeldResult({ review, closed }: { review: ReviewView; closed: boolean }) {
  const [json, setJson] = useState<string | null>(null);
  const [asJson, setAsJson] = useState(false);
  const host = useHost();
  const { run, error } = useAction(async () => {
    const answer = await host((client) => client.reviews.result({ id: review.id }));
    setJson(answer.json);
  });
  useEffect(() => {
    if (!closed) run();
    // Once: what is held does not change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [run]);
  const shown = json ?? review.preview;
  const result = json === null ? null : readResult(json);
  return (
    <section className="flex flex-col gap-2" aria-label="The answer">
      <div className="flex flex-wrap items-center gap-x-2">
        <h3 className="font-medium">The answer</h3>
        <span className="numbers text-sm text-dim">{bytes(review.resultBytes)}</span>
        {hidesIn(shown) ? <HiddenFlag /> : null}
        <label className="ml-auto flex items-center gap-1.5 text-sm text-dim">
          <input
            type="checkbox"
            checked={asJson}
            onChange={(event) => setAsJson(event.target.checked)}
            className="accent-(--accent)"
          />
          as JSON
        </label>
      </div>
      {asJson || result === null ? (
        <HostileJson label="The answer as JSON" json={shown} max={8_388_608} />
      ) : (
        <ResultParts result={result} />
      )}
      <Problem text={error === null ? null : `It could not be read whole. ${error}`} />
    </section>
  );
}

/** Whatever else a result holds leaves too, so it is shown too. */
function readResult(json: string): ToolResult | null {
  const result = readToolResult(json);
  if (result === null) return null;
  const { content, structuredContent, isError, ...rest } = result;
  const others = Object.keys(rest).length === 0 ? [] : [{ type: 'other members', ...rest }];
  return {
    content: [...(content ?? []), ...others],
    isError,
    ...(structuredContent === undefined ? {} : { structuredContent }),
  };
}
