import { ArrowRight, RefreshCw } from 'lucide-react';
import { Button } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { VerdictMark } from '../parts/verdict-mark.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { ago, span } from '../words/format.ts';
import { consequenceOf, standingOf, standingWords } from '../words/reachability.ts';

const SENTENCE = 400;

/** One plain sentence and what follows from it, with the button that finds out anew. */
export function Headline() {
  const reachability = useLive((live) => live.reachability);
  const standing = useLive(standingOf);
  const now = useNow(15_000);
  const { consequence, action } = consequenceOf(standing, reachability);
  return (
    <section aria-label="Reachability" className="flex flex-col gap-3 pt-1">
      <div className="flex items-start gap-3">
        <span className="flex h-6.5 items-center mid:h-8.5">
          <VerdictMark standing={standing} size={28} />
        </span>
        <div className="flex min-w-0 flex-col gap-1">
          <p className="text-xl font-semibold text-balance mid:text-2xl" data-testid="verdict">
            {standingWords[standing].line}
          </p>
          <p className="text-lg">
            <Hostile text={consequence} max={SENTENCE} />
          </p>
          {action === null ? null : (
            <p className="flex items-start gap-1.5">
              <ArrowRight size={15} aria-hidden className="mt-0.5 shrink-0 text-dim" />
              <span className="min-w-0">
                <span className="sr-only">What to do: </span>
                <Hostile text={action} max={SENTENCE} />
              </span>
            </p>
          )}
          {standing === reachability.verdict && standing !== 'unknown' ? (
            <p className="numbers text-sm text-dim">For {span(now - reachability.since)}.</p>
          ) : null}
        </div>
      </div>
      <TestAgain stopped={standing === 'stopped'} now={now} />
    </section>
  );
}

function TestAgain({ stopped, now }: { stopped: boolean; now: number }) {
  const { testing, testedAt, testResult } = useLive((live) => live.reachability);
  const host = useHost();
  const isLive = useIsLive();
  const test = useAction(() => host((client) => client.reachability.test()));
  const busy = testing || test.busy;
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-surface px-3 py-2.5 mid:flex-row mid:items-start">
      <Button disabled={!isLive || stopped || busy} onClick={test.run} className="self-start">
        <RefreshCw size={14} aria-hidden className={busy ? 'animate-spin' : ''} />
        {busy ? 'Testing…' : testedAt === null ? 'Test now' : 'Test again'}
      </Button>
      <div role="status" aria-label="Test" className="numbers min-w-0 flex-1 self-center">
        {busy ? (
          <p className="text-dim">
            Peers elsewhere are being asked to connect back. This takes up to half a minute.
          </p>
        ) : testedAt === null ? (
          <p className="text-dim">
            Peers elsewhere are asked to connect back, and STUN servers how this machine looks.
          </p>
        ) : (
          <p>
            {testResult === null ? null : <Hostile text={testResult} max={SENTENCE} />}{' '}
            <span className="whitespace-nowrap text-dim">Tested {ago(testedAt, now)}.</span>
          </p>
        )}
        <Problem text={test.error} />
      </div>
    </div>
  );
}
