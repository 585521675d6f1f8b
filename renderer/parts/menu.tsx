import { Menu as BaseMenu } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';

export interface MenuEntry {
  readonly label: string;
  readonly note?: string;
  readonly danger?: boolean;
  readonly onChoose: () => void;
}

interface MenuProps {
  /** The button's element, styled; it becomes the trigger. */
  trigger: ReactElement;
  entries: readonly MenuEntry[];
  heading?: ReactNode;
  disabled?: boolean;
  side?: 'top' | 'bottom';
  align?: 'start' | 'end';
}

export function Menu({
  trigger,
  entries,
  heading,
  disabled = false,
  side = 'bottom',
  align = 'end',
}: MenuProps) {
  return (
    <BaseMenu.Root disabled={disabled}>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} side={side} align={align} className="z-10 outline-none">
          <BaseMenu.Popup className="max-w-80 min-w-44 rounded-md border border-line bg-raised p-1 text-text shadow-float outline-none">
            {heading === undefined ? null : (
              <div className="px-2 pt-1 pb-1.5 text-sm text-dim">{heading}</div>
            )}
            {entries.map((entry) => (
              <BaseMenu.Item
                key={entry.label}
                onClick={entry.onChoose}
                className={`flex flex-col rounded-sm px-2 py-1.5 outline-none select-none data-highlighted:bg-hover ${
                  entry.danger === true ? 'text-bad' : ''
                }`}
              >
                <span className="font-medium">{entry.label}</span>
                {entry.note === undefined ? null : <span className="text-sm text-dim">{entry.note}</span>}
              </BaseMenu.Item>
            ))}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}
