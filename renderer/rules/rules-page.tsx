import { Scale } from 'lucide-react';
import { useState } from 'react';
import type { RuleView } from '../../shared/rules.ts';
import { Button } from '../parts/button.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { useHost, useIsLive, useLive, useSorted } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { ago, plural, until } from '../words/format.ts';
import { effectWords } from '../words/sentences.ts';

const newestFirst = (a: RuleView, b: RuleView): number => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1);

export function RulesPage() {
  const rules = useLive((live) => live.rules);
  const list = useSorted(rules, newestFirst);
  return (
    <>
      <PageHead
        title="Rules"
        note={
          list.length === 0
            ? undefined
            : `${plural(list.length, 'rule')} · the most specific one decides; deny beats allow`
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        {list.length === 0 ? (
          <Empty icon={<Scale size={32} strokeWidth={1.5} />} title="No rules">
            <p>
              Calls of contacts wait for you one by one. A rule is made when you answer with “Allow for…” or
              “Deny always” under <a href={href('approvals')}>Approvals</a>.
            </p>
          </Empty>
        ) : (
          <ul className="max-w-200 rounded-md border border-line bg-surface">
            {list.map((rule) => (
              <RuleRow key={rule.id} rule={rule} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

function RuleRow({ rule }: { rule: RuleView }) {
  const [asking, setAsking] = useState(false);
  const host = useHost();
  const isLive = useIsLive();
  const now = useNow(30_000);
  const effectTone = rule.effect === 'allow' ? 'text-good' : rule.effect === 'deny' ? 'text-bad' : 'text-dim';
  return (
    <li className="flex items-center gap-3 border-line px-4 py-2.5 not-last:border-b">
      <span className={`w-12 shrink-0 font-semibold ${effectTone}`}>{effectWords[rule.effect]}</span>
      <div className="numbers min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-1.5">
          {rule.peerId === null ? (
            <span>any peer</span>
          ) : (
            <a href={href('peers', rule.peerId)} className="max-w-full truncate font-medium">
              <PeerNameOf peerId={rule.peerId} />
            </a>
          )}
          <span className="text-dim">to use</span>
          <span className="font-medium">{rule.agent ?? 'any agent'}</span>
          <span aria-hidden className="text-dim">
            ▸
          </span>
          {rule.tool === null ? (
            <span>any tool</span>
          ) : (
            <Hostile text={rule.tool} max={80} className="font-medium" />
          )}
        </p>
        <p className="text-sm text-dim">
          {expiry(rule, now)} · {rule.uses === 0 ? 'not used yet' : `used ${plural(rule.uses, 'time')}`}
          {rule.lastUsedAt === null ? '' : `, last ${ago(rule.lastUsedAt, now)}`} · made{' '}
          {ago(rule.createdAt, now)}
        </p>
      </div>
      <Button size="small" disabled={!isLive} onClick={() => setAsking(true)}>
        Remove
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Remove this rule?"
        verb="Remove"
        onConfirm={() => host((client) => client.rules.remove({ id: rule.id }))}
      >
        <p>
          {rule.effect === 'deny'
            ? 'The next such call is decided by the other rules, or waits for you.'
            : 'The next such call waits for you again. Calls that run now go on.'}
        </p>
      </Confirm>
    </li>
  );
}

function expiry(rule: RuleView, now: number): string {
  if (rule.untilQuit) return 'until you quit';
  return rule.expiresAt === null ? 'always' : `ends ${until(rule.expiresAt, now)}`;
}
