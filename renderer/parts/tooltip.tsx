import { Tooltip as BaseTooltip } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';

interface TooltipProps {
  /** Becomes the trigger: shown on hover, and on focus where it takes that. */
  trigger: ReactElement;
  children: ReactNode;
}

/** A few words more on something. Never the only place where they are said. */
export const Tooltip = ({ trigger, children }: TooltipProps) => (
  <BaseTooltip.Root>
    <BaseTooltip.Trigger delay={200} render={trigger} />
    <BaseTooltip.Portal>
      <BaseTooltip.Positioner sideOffset={6} className="z-20">
        <BaseTooltip.Popup className="flex max-w-80 flex-col gap-1.5 rounded-md border border-line bg-raised px-3 py-2 text-text shadow-float">
          {children}
        </BaseTooltip.Popup>
      </BaseTooltip.Positioner>
    </BaseTooltip.Portal>
  </BaseTooltip.Root>
);
