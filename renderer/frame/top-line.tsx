import { Search } from 'lucide-react';
import { VerdictMark } from '../parts/verdict-mark.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { standingOf, standingWords } from '../words/reachability.ts';
import { QuietMenu } from './quiet-menu.tsx';
import { isMac } from './stop-key.ts';

export function TopLine({ onPalette }: { onPalette: () => void }) {
  const standing = useLive(standingOf);
  const demo = useLive((live) => live.host.demo);
  const { line } = standingWords[standing];
  return (
    <div className="flex h-11 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 mid:px-5">
      <a
        href={href('network')}
        className="flex min-w-0 items-center gap-2 text-text! hover:text-accent!"
        aria-label={`Network: ${line}`}
      >
        <VerdictMark standing={standing} />
        <span className="truncate">{line}</span>
      </a>
      {demo ? (
        <span
          className="shrink-0 rounded-sm border border-accent px-1.5 text-xs leading-4.5 font-medium text-accent"
          title="Two made-up peers run on this machine. They are gone when you quit."
        >
          Demo
        </span>
      ) : null}
      <span className="ml-auto flex shrink-0">
        <QuietMenu />
      </span>
      <button
        type="button"
        onClick={onPalette}
        aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}
        className="flex h-7 shrink-0 items-center gap-2 rounded-md border border-line bg-ground px-2 text-dim hover:border-strong-line hover:text-text mid:w-56"
      >
        <Search size={14} aria-hidden />
        <span className="max-mid:sr-only">Search or do…</span>
        <kbd aria-hidden className="ml-auto font-sans text-xs max-mid:hidden">
          {isMac ? '⌘K' : 'Ctrl K'}
        </kbd>
      </button>
    </div>
  );
}
