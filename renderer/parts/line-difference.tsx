import { Fragment } from 'react';
import { Hostile } from './hostile.tsx';

export interface DifferenceLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

const AROUND = 2;
const MAX_LINE = 4000;
/** Lines that are the same only say where one is. */
const MAX_SAME = 120;
const marks = { same: ' ', added: '+', removed: '−' } as const;
const spoken = { same: '', added: 'Added: ', removed: 'Removed: ' } as const;
const styles = { same: 'text-dim', added: 'text-good', removed: 'bg-bad-ground text-bad' } as const;

/** Two texts, line by line; lines far from any difference are left out, and counted. Each line is a stranger's text. */
export function LineDifference({
  lines,
  label,
  low = false,
}: {
  lines: readonly DifferenceLine[];
  label: string;
  /** In a dialog, where the buttons are to stay in sight. */
  low?: boolean;
}) {
  const shown = keptLines(lines);
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label={label}
      dir="ltr"
      className={`${low ? 'max-h-40' : 'max-h-72'} overflow-auto rounded-md border border-line bg-sunken py-1.5 font-mono text-sm`}
    >
      {shown.map((part, index) => (
        <Fragment key={index}>
          {'leftOut' in part ? (
            <p className="px-2.5 font-sans text-dim">
              {part.leftOut === 1 ? '1 line is' : `${part.leftOut.toString()} lines are`} the same
            </p>
          ) : (
            <p className={`flex gap-2 px-2.5 ${styles[part.kind]}`}>
              <span aria-hidden className="w-2 shrink-0 select-none">
                {marks[part.kind]}
              </span>
              <span className="min-w-0 break-all whitespace-pre-wrap">
                <span className="sr-only">{spoken[part.kind]}</span>
                <Hostile text={part.text} max={part.kind === 'same' ? MAX_SAME : MAX_LINE} />
              </span>
            </p>
          )}
        </Fragment>
      ))}
    </div>
  );
}

function keptLines(lines: readonly DifferenceLine[]): (DifferenceLine | { leftOut: number })[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same'),
  );
  const parts: (DifferenceLine | { leftOut: number })[] = [];
  lines.forEach((line, index) => {
    if (near[index] === true) {
      parts.push(line);
      return;
    }
    const last = parts.at(-1);
    if (last !== undefined && 'leftOut' in last) last.leftOut += 1;
    else parts.push({ leftOut: 1 });
  });
  return parts;
}
