import { Minus, PenLine, Plus } from 'lucide-react';
import type { Rule } from '../../shared/rules.ts';
import { ruleSentence } from '../words/rule-words.ts';
import { effectWords } from '../words/sentences.ts';
import { useNames } from './use-names.ts';

interface DifferenceViewProps {
  added: readonly Rule[];
  removed: readonly Rule[];
  changed: readonly { readonly before: Rule; readonly after: Rule }[];
}

/** So many lines are shown at most. */
const MOST = 300;

/** What comes, goes and changes, each rule as its sentence; never by colour alone. */
export function DifferenceView({ added, removed, changed }: DifferenceViewProps) {
  const names = useNames();
  const left = Math.max(0, added.length + removed.length + changed.length - MOST);
  return (
    <ul className="flex flex-col gap-1.5">
      {removed.slice(0, MOST).map((rule) => (
        <Line key={`r${rule.id}`} kind="removed" effect={rule.effect} text={ruleSentence(rule, names)} />
      ))}
      {added.slice(0, MOST - Math.min(MOST, removed.length)).map((rule) => (
        <Line key={`a${rule.id}`} kind="added" effect={rule.effect} text={ruleSentence(rule, names)} />
      ))}
      {changed.slice(0, Math.max(0, MOST - added.length - removed.length)).map(({ before, after }) => (
        <li key={`c${after.id}`} className="flex items-start gap-2">
          <PenLine size={14} aria-hidden className="mt-0.75 shrink-0 text-dim" />
          <span className="min-w-0 break-words">
            <span className="sr-only">Changed from: </span>
            <del className="block text-dim decoration-strong-line">
              <bdi>{ruleSentence(before, names)}</bdi>
            </del>
            <span className="sr-only">to: </span>
            <bdi>{ruleSentence(after, names)}</bdi>
          </span>
        </li>
      ))}
      {left === 0 ? null : <li className="text-dim">and {left.toString()} more</li>}
    </ul>
  );
}

function Line({ kind, effect, text }: { kind: 'added' | 'removed'; effect: Rule['effect']; text: string }) {
  const Icon = kind === 'added' ? Plus : Minus;
  return (
    <li className="flex items-start gap-2">
      <Icon
        size={14}
        aria-hidden
        className={`mt-0.75 shrink-0 ${kind === 'added' ? 'text-good' : 'text-bad'}`}
      />
      <span className="min-w-0 break-words">
        <span className="sr-only">
          {kind === 'added' ? 'Added' : 'Removed'}, {effectWords[effect]}:{' '}
        </span>
        <bdi>{text}</bdi>
      </span>
    </li>
  );
}
