import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

interface FoldProps {
  title: string;
  /** What is in it, in a few words, so that it need not be opened. */
  note?: ReactNode;
  open?: boolean;
  children: ReactNode;
}

/** A section that folds: its heading and its gist stay. */
export function Fold({ title, note, open = false, children }: FoldProps) {
  return (
    <details open={open} className="group rounded-md border border-line bg-surface">
      <summary className="flex cursor-default list-none items-baseline gap-x-2 rounded-md px-3 py-2.5 select-none hover:bg-hover [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={15}
          aria-hidden
          className="shrink-0 self-center text-dim transition-transform group-open:rotate-90"
        />
        <h2 className="shrink-0 font-semibold">{title}</h2>
        {note === undefined ? null : (
          <span className="numbers min-w-0 flex-1 truncate text-right text-sm text-dim mid:text-left">
            {note}
          </span>
        )}
      </summary>
      <div className="border-t border-line px-3 py-3">{children}</div>
    </details>
  );
}
