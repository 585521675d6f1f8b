import { Check, Copy as CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './button.tsx';

const SHOWN_MS = 1500;

/** Copies a text; says so by its icon and its name. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const label =
    state === 'done' ? `Copied ${what}` : state === 'failed' ? `Could not copy ${what}` : `Copy ${what}`;
  return (
    <IconButton
      label={label}
      className="!size-6"
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setState('done'),
          () => setState('failed'),
        );
      }}
    >
      {state === 'done' ? (
        <Check size={14} aria-hidden className="text-good" />
      ) : (
        <CopyIcon size={14} aria-hidden />
      )}
    </IconButton>
  );
}

/** A long value in monospace that wraps anywhere, with its copy button. */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 flex-1 py-0.5 font-mono text-sm break-all">{text}</code>
      <Copy text={text} what={what} />
    </span>
  );
}
