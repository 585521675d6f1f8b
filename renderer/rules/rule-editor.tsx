import { TriangleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { RuleId } from '../../shared/ids.ts';
import type { Effect } from '../../shared/rules.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';
import { ruleSentence } from '../words/rule-words.ts';
import { ConstraintFields } from './constraint-fields.tsx';
import { LimitFields, TimeFields } from './limit-fields.tsx';
import { ReplayView } from './replay-view.tsx';
import { readRule, wideWarning, type RuleErrors, type RuleForm } from './rule-form.ts';
import { WhatFields, WhoField } from './scope-fields.tsx';
import { useNames } from './use-names.ts';
import { placesIn, useOwnTools } from './use-own-tools.ts';
import { useReplay } from './use-replay.ts';

interface RuleEditorProps {
  /** What it starts with. */
  start: RuleForm;
  /** The rule that is changed; null: a new one. */
  id: RuleId | null;
  /** A sentence above it, such as where it came from. */
  note?: string;
  onClose: () => void;
}

/** A rule in the making: its sentence, and what it would have done, are there before it is saved. */
export function RuleEditor({ start, id, note, onClose }: RuleEditorProps) {
  const [form, setForm] = useState(start);
  const [tried, setTried] = useState(false);
  // One moment for the whole edit: a rule that ends in a day is the same one while it is looked at.
  const [now] = useState(() => Date.now());
  const host = useHost();
  const isLive = useIsLive();
  const names = useNames();
  const { rule, errors } = useMemo(() => readRule(form, now), [form, now]);
  const tools = useOwnTools(form.agent.trim());
  const places = useMemo(
    () => placesIn(tools.find(({ name }) => name === form.tool)?.inputSchema),
    [tools, form.tool],
  );
  const replayed = useReplay(rule, id);
  const save = useAction(async () => {
    setTried(true);
    const { rule: made } = readRule(form, Date.now());
    if (made === null) return;
    await host((client) => (id === null ? client.rules.add(made) : client.rules.change({ id, rule: made })));
    onClose();
  });
  const set = (change: Partial<RuleForm>) => setForm((before) => ({ ...before, ...change }));
  const shownErrors = tried ? errors : touched(form, errors);
  const fields = { form, errors: shownErrors, set };
  const warning = rule === null ? null : wideWarning(rule);
  return (
    <Dialog open onClose={onClose} title={id === null ? 'New rule' : 'Change the rule'} width={680}>
      <form
        noValidate
        className="flex flex-col gap-4 mid:[&_input]:scroll-mb-60 mid:[&_select]:scroll-mb-60"
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        {note === undefined ? null : <p className="text-dim">{note}</p>}
        <EffectChoice effect={form.effect} onChoose={(effect) => set({ effect })} />
        <WhoField {...fields} />
        <WhatFields {...fields} tools={tools} />
        <ConstraintFields {...fields} places={places} />
        {form.effect === 'allow' ? <LimitFields {...fields} /> : null}
        <TimeFields {...fields} />
        <div className="-mx-4 flex flex-col gap-2 border-t border-line bg-raised px-4 pt-3 pb-1 mid:sticky mid:-bottom-8">
          <p className="font-medium break-words" aria-live="polite">
            {rule === null ? (
              <span className="font-normal text-dim">The rule is not complete yet.</span>
            ) : (
              ruleSentence(rule, names)
            )}
          </p>
          {warning === null ? null : (
            <p className="flex items-start gap-2 text-bad" role="status">
              <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
              {warning}
            </p>
          )}
          <ReplayView {...replayed} />
          <Problem
            text={
              save.error ??
              (tried && rule === null ? (errors['rule'] ?? 'Something above is not right yet.') : null)
            }
          />
          <div className="flex flex-wrap items-center justify-end gap-2">
            <p className="mr-auto text-sm text-dim">
              Counts for the next call. You can take it back under History.
            </p>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" kind="primary" disabled={save.busy || !isLive}>
              {id === null ? 'Make the rule' : 'Save'}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}

/** Only what somebody has typed into is found fault with before they are done. */
const touched = (form: RuleForm, errors: RuleErrors): RuleErrors =>
  Object.fromEntries(
    Object.entries(errors).filter(([field]) => {
      const constraint = /^constraint-(\d+)-(at|value)$/.exec(field);
      if (constraint === null) return field !== 'peerId' || form.peerId !== '';
      const one = form.constraints[Number(constraint[1])];
      return one !== undefined && (constraint[2] === 'at' ? one.at : one.value + one.to) !== '';
    }),
  );

const effects: readonly (readonly [Effect, string, string])[] = [
  ['allow', 'Allow', 'without asking you'],
  ['ask', 'Ask', 'each time'],
  ['ask-and-review', 'Ask and review', 'you also see the answer before it leaves'],
  ['deny', 'Deny', 'without asking you'],
];

const EffectChoice = ({ effect, onChoose }: { effect: Effect; onChoose: (effect: Effect) => void }) => (
  <fieldset>
    <legend className="pb-1 font-medium">What happens</legend>
    <div className="grid gap-2 mid:grid-cols-2">
      {effects.map(([value, label, meaning]) => (
        <label
          key={value}
          className="flex items-start gap-2 rounded-md border border-line px-2.5 py-1.5 has-checked:border-accent has-checked:bg-accent-ground"
        >
          <input
            type="radio"
            name="rule-effect"
            className="mt-0.75 accent-accent"
            checked={value === effect}
            onChange={() => onChoose(value)}
          />
          <span>
            <span className="font-medium">{label}</span>
            <span className="block text-sm text-dim">{meaning}</span>
          </span>
        </label>
      ))}
    </div>
  </fieldset>
);
