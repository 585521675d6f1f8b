import { Unplug } from 'lucide-react';
import { memo } from 'react';
import type { RuleView } from '../../shared/rules.ts';
import { buttonClass } from '../parts/button.tsx';
import { UsedBars } from '../parts/used-bars.tsx';
import { ago, plural, until } from '../words/format.ts';
import { ruleSentence, type NameOf } from '../words/rule-words.ts';
import { effectWords } from '../words/sentences.ts';
import { ruleAt } from './places.ts';

const tones = {
  allow: 'text-good',
  deny: 'text-bad',
  ask: 'text-dim',
  'ask-and-review': 'text-dim',
} as const;

interface RuleRowProps {
  rule: RuleView;
  nameOf: NameOf;
  now: number;
  disabled: boolean;
  onRemove: (rule: RuleView) => void;
}

/** One rule as one sentence, with what came of it. Drawn only where it is near the view: there may be thousands. */
export const RuleRow = memo(function RuleRow({ rule, nameOf, now, disabled, onRemove }: RuleRowProps) {
  const sentence = ruleSentence(rule, nameOf);
  return (
    <li
      id={`rule-${rule.id}`}
      className="flex flex-wrap items-start gap-x-3 gap-y-1.5 border-line px-4 py-2.5 [contain-intrinsic-size:auto_58px] [content-visibility:auto] not-last:border-b mid:flex-nowrap"
    >
      <span className={`shrink-0 font-semibold max-mid:w-full mid:w-28 ${tones[rule.effect]}`}>
        {effectWords[rule.effect]}
      </span>
      <div className="numbers flex min-w-0 flex-1 flex-col gap-0.5 max-mid:basis-full">
        <p className={`break-words ${rule.suspended ? 'text-dim' : ''}`}>
          <bdi>{sentence}</bdi>
        </p>
        {rule.suspended ? (
          <p className="flex items-start gap-1.5 text-bad">
            <Unplug size={14} aria-hidden className="mt-0.5 shrink-0" />
            Suspended: the tool changed after this was made. You are asked instead; saving the rule anew takes
            the tool as it is now.
          </p>
        ) : null}
        {rule.used === null || rule.limits === null ? null : (
          <p className="flex flex-wrap gap-x-4 gap-y-0.5">
            <UsedBars used={rule.used.hour} limit={rule.limits.hour} per="this hour" />
            <UsedBars used={rule.used.day} limit={rule.limits.day} per="today" />
          </p>
        )}
        <p className="text-sm text-dim">
          {expiry(rule, now)}
          {rule.uses === 0 ? 'not used yet' : `used ${plural(rule.uses, 'time')}`}
          {rule.lastUsedAt === null ? '' : `, last ${ago(rule.lastUsedAt, now)}`} · made{' '}
          {ago(rule.createdAt, now)}
        </p>
      </div>
      <span className="flex shrink-0 gap-1.5">
        <a
          href={ruleAt(rule.id)}
          aria-label={`Change: ${sentence}`}
          className={`${buttonClass('plain', 'small')} text-text! no-underline!`}
        >
          Change
        </a>
        <button
          type="button"
          disabled={disabled}
          aria-label={`Remove: ${sentence}`}
          className={`${buttonClass('plain', 'small')} disabled:opacity-50`}
          onClick={() => onRemove(rule)}
        >
          Remove
        </button>
      </span>
    </li>
  );
});

function expiry(rule: RuleView, now: number): string {
  return rule.expiresAt === null ? '' : `ends ${until(rule.expiresAt, now)} · `;
}
