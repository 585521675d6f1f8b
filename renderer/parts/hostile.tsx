import { visibleText } from '../../shared/visible-text.ts';
import { whole } from '../words/format.ts';

interface HostileProps {
  text: string;
  /** Longest shown, in characters. */
  max?: number;
  className?: string;
}

/** Text that a peer or an agent wrote, in one line: nothing in it hides, reorders or steers. */
export function Hostile({ text, max = 200, className = '' }: HostileProps) {
  const { text: visible, cut, length } = visibleText(text, { maxLength: max, newlines: 'mark' });
  return (
    <bdi className={`break-words ${className}`}>
      {visible}
      {cut ? <span className="numbers text-sm text-dim"> {whole(length)} characters in all</span> : null}
    </bdi>
  );
}

/** The same over several lines, in a box of bounded height that scrolls by itself. */
export function HostileBlock({ text, max = 100_000, label }: HostileProps & { label: string }) {
  const { text: visible, cut, escaped, length } = visibleText(text, { maxLength: max, newlines: 'break' });
  return (
    <div>
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        dir="ltr"
        className="max-h-72 overflow-auto rounded-md border border-line bg-sunken px-2.5 py-2 font-mono text-sm break-words whitespace-pre-wrap [unicode-bidi:isolate]"
      >
        {visible === '' ? <span className="text-dim">empty</span> : visible}
      </pre>
      {cut || escaped ? (
        <p className="numbers pt-1 text-sm text-dim">
          {cut ? `The first ${whole(max)} of ${whole(length)} characters. ` : ''}
          {escaped ? 'Characters that would hide or reorder text are shown as ⟨U+…⟩.' : ''}
        </p>
      ) : null}
    </div>
  );
}
