import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useAttempt } from '../frame/toasts.tsx';
import { useHost, useLive } from '../state/hooks.ts';
import { paletteGroups, type PaletteGroup, type PaletteItem } from './palette-items.ts';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onStopAll: () => void;
}

export function CommandPalette({ open, onOpenChange, onStopAll }: Props) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      onOpenChange(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onOpenChange]);
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 bg-veil" />
        <Dialog.Viewport className="fixed inset-0 flex items-start justify-center overflow-hidden p-3 pt-[10vh]">
          <Dialog.Popup
            aria-label="Search or do"
            className="flex max-h-[min(560px,80vh)] w-full max-w-140 flex-col overflow-hidden rounded-md border border-line bg-raised text-text shadow-float outline-none"
          >
            <Choices onDone={() => onOpenChange(false)} onStopAll={onStopAll} />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Choices({ onDone, onStopAll }: { onDone: () => void; onStopAll: () => void }) {
  const live = useLive(({ peers, agents, host }) => ({
    peers,
    agents,
    stopped: host.stoppedAt !== null,
    quietUntil: host.quietUntil,
  }));
  const host = useHost();
  const attempt = useAttempt();
  const groups = useMemo(
    () => paletteGroups(live, { host, attempt, stopAll: onStopAll }),
    [live, host, attempt, onStopAll],
  );
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      autoHighlight="always"
      keepHighlight
      itemToStringValue={(item: PaletteItem) => `${item.label} ${item.note}`}
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search size={15} aria-hidden className="text-dim" />
        <Autocomplete.Input
          aria-label="Search pages, peers, agents and actions"
          placeholder="Page, peer, agent or action"
          className="h-11 w-full bg-transparent text-lg outline-none!"
        />
      </div>
      <Dialog.Close className="sr-only">Close</Dialog.Close>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Autocomplete.Empty>
          <p className="px-3 py-4 text-dim empty:hidden">Nothing by this name.</p>
        </Autocomplete.Empty>
        <Autocomplete.List className="p-1">
          {(group: PaletteGroup) => (
            <Autocomplete.Group key={group.value} items={group.items}>
              <Autocomplete.GroupLabel className="px-2 pt-2 pb-1 text-sm text-dim">
                {group.value}
              </Autocomplete.GroupLabel>
              <Autocomplete.Collection>
                {(item: PaletteItem) => (
                  <Autocomplete.Item
                    key={item.value}
                    value={item}
                    onClick={() => {
                      onDone();
                      item.perform();
                    }}
                    className="flex h-8 items-center gap-3 rounded-sm px-2 outline-none select-none data-highlighted:bg-accent-ground"
                  >
                    <span className="min-w-0 flex-1 truncate">{item.label}</span>
                    <span className="shrink-0 text-sm text-dim">{item.note}</span>
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </div>
    </Autocomplete.Root>
  );
}
