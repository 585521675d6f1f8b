import { Plus, Scale, Search } from 'lucide-react';
import { startTransition, useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { RuleView } from '../../shared/rules.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Input } from '../parts/field.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { go, href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { plural, whole } from '../words/format.ts';
import { ruleSentence } from '../words/rule-words.ts';
import { FileMenu } from './file-menu.tsx';
import { HistoryPage } from './history-page.tsx';
import { ChangeRuleDialog, NewRuleDialog } from './new-rule.tsx';
import { HISTORY, NEW_RULE, TRY } from './places.ts';
import { Proposals } from './proposals.tsx';
import { firstRules, groupRules, type DrawnGroup, type RuleGroup } from './rule-list.ts';
import { RuleRow } from './rule-row.tsx';
import { RulesPlaces } from './rules-places.tsx';
import { TryPage } from './try-page.tsx';
import { useNames } from './use-names.ts';

const toRules = () => go('rules');

export function RulesPage({ rest }: { rest: readonly string[] }) {
  const [place, ...more] = rest;
  if (place === HISTORY) return <HistoryPage />;
  if (place === TRY) return <TryPage from={more} />;
  return (
    <>
      <RuleList />
      {place === NEW_RULE ? (
        <NewRuleDialog key={more.join('/')} from={more} onClose={toRules} />
      ) : place === undefined ? null : (
        <OpenRule id={place} />
      )}
    </>
  );
}

/** The rule of the address, to be changed. It may be gone. */
function OpenRule({ id }: { id: string }) {
  const rule = useLive((live) => live.rules[id]);
  if (rule !== undefined) return <ChangeRuleDialog key={id} rule={rule} onClose={toRules} />;
  return (
    <Dialog open onClose={toRules} title="There is no such rule">
      <p>
        It was removed, or has ended. <a href={href('rules', HISTORY)}>The history</a> may still have it.
      </p>
    </Dialog>
  );
}

function RuleList() {
  const rules = useLive((live) => live.rules);
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text);
  const names = useNames();
  const now = useNow(30_000);
  const isLive = useIsLive();
  const [removing, setRemoving] = useState<RuleView | null>(null);
  const remove = useCallback((rule: RuleView) => setRemoving(rule), []);
  const total = Object.keys(rules).length;
  const groups = useMemo(() => groupRules(rules, wanted, names), [rules, wanted, names]);
  const drawn = useDrawn(groups);
  const found = groups.reduce((sum, group) => sum + group.rules.length, 0);
  return (
    <>
      <PageHead title="Rules" note={<RulesPlaces at="rules" />}>
        {total === 0 ? null : (
          <label className="relative max-mid:basis-full">
            <Search size={14} aria-hidden className="absolute top-2.25 left-2 text-dim" />
            <Input
              aria-label="Find rules"
              placeholder="Peer, agent, tool, deny"
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="w-52 !pl-7 max-mid:w-full"
            />
          </label>
        )}
        <FileMenu />
        <a
          href={href('rules', NEW_RULE)}
          className={`${buttonClass('primary')} text-on-accent! no-underline!`}
        >
          <Plus size={15} aria-hidden /> New rule
        </a>
      </PageHead>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-4 pt-1 pb-8 mid:px-5">
        <Proposals />
        {total === 0 ? (
          <Empty icon={<Scale size={32} strokeWidth={1.5} />} title="No rules">
            <p>
              Calls of contacts wait for you one by one. Make a rule here, or answer with “Allow for…” or
              “Deny always” under <a href={href('approvals')}>Approvals</a>.
            </p>
          </Empty>
        ) : (
          <>
            <p className="numbers text-dim" role="status">
              {found === total ? plural(total, 'rule') : `${whole(found)} of ${plural(total, 'rule')}`} · the
              most specific one that fits decides; among equals, deny before ask before allow
            </p>
            {found === 0 ? (
              <Empty icon={<Search size={32} strokeWidth={1.5} />} title="No rule says that">
                <Button onClick={() => setText('')}>Show all</Button>
              </Empty>
            ) : (
              drawn.map((group) => (
                <section
                  key={group.peerId ?? group.who}
                  aria-label={group.who}
                  className="flex max-w-240 flex-col gap-2"
                >
                  <h2 className="flex items-baseline gap-2 font-semibold">
                    {group.peerId === null ? (
                      group.who
                    ) : (
                      <a href={href('peers', group.peerId)} className="truncate">
                        <bdi>{group.who}</bdi>
                      </a>
                    )}
                    <span className="numbers text-sm font-normal text-dim">{whole(group.total)}</span>
                  </h2>
                  <ul className="rounded-md border border-line bg-surface">
                    {group.rules.map((rule) => (
                      <RuleRow
                        key={rule.id}
                        rule={rule}
                        nameOf={names}
                        now={now}
                        disabled={!isLive}
                        onRemove={remove}
                      />
                    ))}
                  </ul>
                </section>
              ))
            )}
          </>
        )}
      </div>
      <RemoveRule rule={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

const FIRST = 60;
const STEP = 200;

/** The first rules at once and the others in pieces right after: thousands must not hold up what is typed. */
function useDrawn(groups: readonly RuleGroup[]): readonly DrawnGroup[] {
  const [limit, setLimit] = useState(FIRST);
  const count = groups.reduce((sum, group) => sum + group.rules.length, 0);
  useEffect(() => {
    if (limit < count) startTransition(() => setLimit(limit + STEP));
  }, [limit, count]);
  return useMemo(() => firstRules(groups, limit), [groups, limit]);
}

function RemoveRule({ rule, onClose }: { rule: RuleView | null; onClose: () => void }) {
  const host = useHost();
  const names = useNames();
  return (
    <Confirm
      open={rule !== null}
      onClose={onClose}
      title="Remove this rule?"
      verb="Remove"
      onConfirm={async () => {
        if (rule !== null) await host((client) => client.rules.remove({ id: rule.id }));
      }}
    >
      {rule === null ? null : (
        <>
          <p className="pb-2 break-words text-text">{ruleSentence(rule, names)}</p>
          <p>
            {rule.effect === 'allow'
              ? 'The next such call waits for you again. Calls that run now go on.'
              : 'The next such call is decided by the other rules, or waits for you.'}{' '}
            History can bring it back.
          </p>
        </>
      )}
    </Confirm>
  );
}
