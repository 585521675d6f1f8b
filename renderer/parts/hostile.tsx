import { visibleText } from '../../shared/visible-text.ts';
import { whole } from '../words/format.ts';

interface HostileProps {
  text: string;
  /** Longest shown, in characters. */
  max?: number;
  className?: string;
  /** What was searched for: where it stands in the text, it is marked. */
  mark?: string;
}

/** Text that a peer or an agent wrote, in one line: nothing in it hides, reorders or steers. */
export function Hostile({ text, max = 200, className = '', mark = '' }: HostileProps) {
  const { text: visible, cut, length } = visibleText(text, { maxLength: max, newlines: 'mark' });
  return (
    <bdi className={`break-words ${className}`}>
      {mark === '' ? visible : <Marked text={visible} mark={mark} />}
      {cut ? <span className="numbers text-sm text-dim"> {whole(length)} characters in all</span> : null}
    </bdi>
  );
}

/** Text with what was searched for marked in it, where it first stands. */
export function Marked({ text, mark }: { text: string; mark: string }) {
  const found = mark.trim() === '' ? -1 : text.toLowerCase().indexOf(mark.trim().toLowerCase());
  if (found < 0) return <>{text}</>;
  const end = found + mark.trim().length;
  return (
    <>
      {text.slice(0, found)}
      <mark className="rounded-[2px] bg-accent-ground text-text underline decoration-accent">
        {text.slice(found, end)}
      </mark>
      {text.slice(end)}
    </>
  );
}

/** The same over several lines, in a box of bounded height that scrolls by itself. */
export function HostileBlock({ text, max = 100_000, label }: HostileProps & { label: string }) {
  const { text: visible, cut, escaped, length } = visibleText(text, { maxLength: max, newlines: 'break' });
  return <Block label={label} visible={visible} cut={cut} escaped={escaped} max={max} length={length} />;
}

/**
 * JSON, indented. JSON writes the line breaks of its strings as `\\n`, so every real one is of the indenting and
 * needs no mark.
 */
export function HostileJson({ json, max = 100_000, label }: { json: string; max?: number; label: string }) {
  const text = indented(json, max);
  const { cut, length } = visibleText(text, { maxLength: max });
  const lines = text
    .slice(0, max)
    .split('\n')
    .map((line) => visibleText(line, { maxLength: max * LONGEST_ESCAPE }));
  const escaped = lines.some((line) => line.escaped);
  const visible = lines.map((line) => line.text).join('\n');
  return (
    <Block
      label={label}
      visible={visible}
      cut={cut && text.length > max}
      escaped={escaped}
      max={max}
      length={length}
    />
  );
}

/** One character becomes at most this many: `⟨U+10FFFF⟩`. */
const LONGEST_ESCAPE = 10;

function indented(json: string, max: number): string {
  if (json.length > max) return json;
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

interface BlockProps {
  label: string;
  visible: string;
  cut: boolean;
  escaped: boolean;
  max: number;
  length: number;
}

function Block({ label, visible, cut, escaped, max, length }: BlockProps) {
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
