import { useState } from 'react';
import type { CallDetail } from '../../shared/calls.ts';
import type { Explanation } from '../../shared/rules.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { ExplanationView } from '../rules/explanation-view.tsx';
import { ruleAt, ruleFromCall } from '../rules/places.ts';
import { useNames } from '../rules/use-names.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { decidedSentence } from '../words/decision-words.ts';
import { ruleSentence } from '../words/rule-words.ts';

/** How it was decided then, and how it would be now. */
export function Why({ call }: { call: CallDetail }) {
  const [now, setNow] = useState<Explanation | null>(null);
  const host = useHost();
  const isLive = useIsLive();
  const explain = useAction(async () =>
    setNow(await host((client) => client.rules.explainCall({ id: call.id }))),
  );
  const isIncoming = call.direction === 'in';
  return (
    <Section title="Why">
      <p>{decidedSentence(call)}</p>
      {call.decision?.ruleId == null ? null : <RuleThen id={call.decision.ruleId} />}
      {isIncoming ? (
        <div className="flex flex-wrap gap-2">
          <Button size="small" disabled={explain.busy || !isLive} onClick={explain.run}>
            How would it be decided now?
          </Button>
          <a
            href={ruleFromCall(call.id)}
            className={`${buttonClass('plain', 'small')} text-text! no-underline!`}
          >
            Make a rule of this
          </a>
        </div>
      ) : null}
      <Problem text={explain.error} />
      {now === null ? null : (
        <div
          role="status"
          aria-label="How it would be decided now"
          className="rounded-md border border-line p-3"
        >
          <ExplanationView explanation={now} />
        </div>
      )}
    </Section>
  );
}

function RuleThen({ id }: { id: NonNullable<NonNullable<CallDetail['decision']>['ruleId']> }) {
  const rule = useLive((live) => live.rules[id]);
  const names = useNames();
  return rule === undefined ? (
    <p className="text-dim">
      The rule is gone: <code className="font-mono text-sm">{id}</code>
    </p>
  ) : (
    <p className="break-words">
      <span className="text-dim">The rule as it is now: </span>
      <a href={ruleAt(id)}>
        <bdi>{ruleSentence(rule, names)}</bdi>
      </a>
    </p>
  );
}
