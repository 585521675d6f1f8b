import { Search, Signal, Unplug } from 'lucide-react';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { NOT_LISTENING, REACHABILITY } from '../words/sentences.ts';

const isMac = /mac/i.test(navigator.userAgent);

export function TopLine({ onPalette }: { onPalette: () => void }) {
  const { listening, demo, stopped } = useLive((live) => ({
    listening: live.host.addresses.length > 0,
    demo: live.host.demo,
    stopped: live.host.stoppedAt !== null,
  }));
  return (
    <div className="flex h-11 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 mid:px-5">
      <a
        href={href('network')}
        className="flex min-w-0 items-center gap-2 text-text! hover:text-accent!"
        aria-label={`Network: ${reachability(listening, stopped)}`}
      >
        {listening && !stopped ? (
          <Signal size={15} aria-hidden className="shrink-0 text-dim" />
        ) : (
          <Unplug size={15} aria-hidden className="shrink-0 text-bad" />
        )}
        <span className="truncate">{reachability(listening, stopped)}</span>
      </a>
      {demo ? (
        <span
          className="shrink-0 rounded-sm border border-accent px-1.5 text-xs leading-4.5 font-medium text-accent"
          title="Two made-up peers run on this machine. They are gone when you quit."
        >
          Demo
        </span>
      ) : null}
      <button
        type="button"
        onClick={onPalette}
        aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}
        className="ml-auto flex h-7 shrink-0 items-center gap-2 rounded-md border border-line bg-ground px-2 text-dim hover:border-strong-line hover:text-text mid:w-56"
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

function reachability(listening: boolean, stopped: boolean): string {
  if (stopped) return 'Stopped. Nobody can reach this machine.';
  return listening ? REACHABILITY : NOT_LISTENING;
}
