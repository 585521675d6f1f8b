import { CircleCheck, CircleHelp, CircleX, Minus } from 'lucide-react';
import type { Effect, Explanation } from '../../shared/rules.ts';
import { Hostile } from '../parts/hostile.tsx';
import { useLive } from '../state/hooks.ts';
import { ruleSentence, stepWords } from '../words/rule-words.ts';
import { ruleAt } from './places.ts';
import { useNames } from './use-names.ts';

const marks: Record<Effect, { Icon: typeof CircleCheck; className: string; word: string }> = {
  allow: { Icon: CircleCheck, className: 'text-good', word: 'Allowed' },
  ask: { Icon: CircleHelp, className: 'text-dim', word: 'You are asked' },
  'ask-and-review': { Icon: CircleHelp, className: 'text-dim', word: 'You are asked, and review the answer' },
  deny: { Icon: CircleX, className: 'text-bad', word: 'Refused' },
};

const outcomes: Record<Explanation['rules'][number]['outcome'], string> = {
  decides: 'decides',
  'less-specific': 'fits, less specific',
  'does-not-match': 'does not fit',
  expired: 'has ended',
  'outside-hours': 'not at this hour',
  'used-up': 'used up',
};

/** What comes of a call, by which step, and which rules were looked at. */
export function ExplanationView({ explanation }: { explanation: Explanation }) {
  const { Icon, className, word } = marks[explanation.effect];
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-2">
        <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${className}`} />
        <div className="min-w-0">
          <p className={`font-semibold ${className}`}>{word}</p>
          <p className="break-words">
            <Hostile text={explanation.sentence} max={1000} />
          </p>
        </div>
      </div>
      <ol aria-label="Steps" className="flex flex-col gap-1.5 border-l-2 border-line pl-3">
        {explanation.steps.map(({ step, decided, text }, index) => (
          <li key={`${step}-${index.toString()}`} className="flex items-start gap-2">
            {decided ? (
              <Icon size={14} aria-hidden className={`mt-0.75 shrink-0 ${className}`} />
            ) : (
              <Minus size={14} aria-hidden className="mt-0.75 shrink-0 text-strong-line" />
            )}
            <p className={`min-w-0 break-words ${decided ? 'font-medium' : 'text-dim'}`}>
              <span className={decided ? '' : 'text-text'}>{stepWords[step]}:</span>{' '}
              <Hostile text={text} max={600} />
            </p>
          </li>
        ))}
      </ol>
      {explanation.rules.length === 0 ? null : <Considered rules={explanation.rules} />}
    </div>
  );
}

function Considered({ rules }: Pick<Explanation, 'rules'>) {
  const known = useLive((live) => live.rules);
  const names = useNames();
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="text-sm font-medium text-dim">Rules looked at, the most specific first</h3>
      <ul className="rounded-md border border-line">
        {rules.map(({ ruleId, outcome, text }) => {
          const rule = known[ruleId];
          return (
            <li key={ruleId} className="border-line px-3 py-2 not-last:border-b">
              <p className="break-words">
                {rule === undefined ? (
                  <span className="text-dim">A rule that is gone</span>
                ) : (
                  <a href={ruleAt(ruleId)} className="text-text!">
                    <bdi>{ruleSentence(rule, names)}</bdi>
                  </a>
                )}
              </p>
              <p className="text-sm text-dim">
                <span className={outcome === 'decides' ? 'font-medium text-text' : ''}>
                  {outcomes[outcome]}
                </span>
                {text === '' ? null : (
                  <>
                    : <Hostile text={text} max={400} />
                  </>
                )}
              </p>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
