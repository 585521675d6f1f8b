import { Lightbulb } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Proposal } from '../../shared/rules.ts';
import { useAttempt } from '../frame/toasts.tsx';
import { Button } from '../parts/button.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { plural } from '../words/format.ts';
import { ruleSentence } from '../words/rule-words.ts';
import { RuleEditor } from './rule-editor.tsx';
import { ruleFormOf } from './rule-form.ts';
import { useNames } from './use-names.ts';

/** Rules that like answers speak for; nothing is made of them before the person says so. */
export function Proposals() {
  const { proposals, drop } = useProposals();
  const [used, setUsed] = useState<Proposal | null>(null);
  const host = useHost();
  const attempt = useAttempt();
  const isLive = useIsLive();
  const names = useNames();
  if (proposals.length === 0) return null;
  return (
    <section aria-label="Proposals" className="flex max-w-240 flex-col gap-2">
      <h2 className="flex items-center gap-1.5 font-semibold">
        <Lightbulb size={15} aria-hidden className="text-dim" /> A rule could do it
      </h2>
      <ul className="rounded-md border border-line bg-surface">
        {proposals.map((proposal) => (
          <li
            key={proposal.id}
            className="flex flex-wrap items-start gap-x-3 gap-y-2 border-line px-4 py-2.5 not-last:border-b mid:flex-nowrap"
          >
            <div className="numbers min-w-0 flex-1 max-mid:basis-full">
              <p className="break-words">
                <bdi>{ruleSentence(proposal.rule, names)}</bdi>
              </p>
              <p className="text-sm text-dim">
                You allowed {plural(proposal.approvals, 'like call')} and denied none.{' '}
                {proposal.replay.sentence}
              </p>
            </div>
            <span className="flex shrink-0 gap-1.5">
              <Button size="small" disabled={!isLive} onClick={() => setUsed(proposal)}>
                Use…
              </Button>
              <Button
                size="small"
                kind="quiet"
                disabled={!isLive}
                onClick={() => {
                  drop(proposal.id);
                  attempt('Could not dismiss it', () =>
                    host((client) => client.rules.dismissProposal({ id: proposal.id })),
                  );
                }}
              >
                Dismiss
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {used === null ? null : (
        <RuleEditor
          start={ruleFormOf(used.rule)}
          id={null}
          note={`You allowed ${plural(used.approvals, 'like call')} and denied none.`}
          onClose={() => setUsed(null)}
        />
      )}
    </section>
  );
}

/** Asked for again when the rules change, and when the person has decided on one more call. */
function useProposals(): { proposals: readonly Proposal[]; drop: (id: string) => void } {
  const host = useHost();
  const version = useLive((live) => live.host.rulesVersion);
  const decided = useLive((live) =>
    Object.values(live.calls).reduce(
      (last, { id, decision }) => (decision?.by === 'person' && id > last ? id : last),
      0,
    ),
  );
  const [proposals, setProposals] = useState<readonly Proposal[]>([]);
  useEffect(() => {
    let current = true;
    host((client) => client.rules.proposals()).then(
      (list) => {
        if (current) setProposals(list);
      },
      // They are an offer; the page is whole without them.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [host, version, decided]);
  return { proposals, drop: (id) => setProposals((list) => list.filter((one) => one.id !== id)) };
}
