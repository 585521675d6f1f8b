import { X } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react';
import { IconButton } from './button.tsx';

interface SidePanelProps {
  label: string;
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** What is selected, beside the list; over it where there is no room. Escape closes it. */
export function SidePanel({ label, title, onClose, children }: SidePanelProps) {
  const panel = useRef<HTMLElement>(null);
  // Before it is gone: the focus goes back to the list it was opened from, and not to nowhere.
  useLayoutEffect(() => {
    const element = panel.current;
    return () => {
      if (element?.contains(document.activeElement) !== true) return;
      element.closest('main')?.querySelector<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const element = panel.current;
    const onKey = (event: KeyboardEvent) => {
      const inDialog = event.target instanceof Element && event.target.closest('[role$="dialog"]') !== null;
      if (event.key === 'Escape' && !event.defaultPrevented && !inDialog) onClose();
    };
    const page = element?.closest('main');
    page?.addEventListener('keydown', onKey);
    return () => page?.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <aside
      ref={panel}
      aria-label={label}
      className="flex w-100 max-w-full shrink-0 flex-col border-l border-line bg-surface max-wide:absolute max-wide:inset-y-0 max-wide:right-0 max-wide:z-2 max-wide:shadow-float max-mid:w-full"
    >
      <div className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-4">
        <h2 className="min-w-0 flex-1 py-1.5 text-lg break-words">{title}</h2>
        <IconButton label="Close" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-4 py-4">{children}</div>
    </aside>
  );
}
