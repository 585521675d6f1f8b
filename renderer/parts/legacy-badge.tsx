import { LockOpen } from 'lucide-react';
import { LEGACY, LEGACY_RISK } from '../words/transports.ts';
import { Tooltip } from './tooltip.tsx';

const look =
  'inline-flex items-center gap-1 rounded-sm border border-bad px-1.5 text-left text-xs leading-4.5 font-medium text-bad';

/** The badge alone, where what it means stands nearby or there is no room to point at it. */
export const LegacyMark = ({ short = false }: { short?: boolean }) => (
  <span className={look} title={`${LEGACY}. ${LEGACY_RISK.see}`}>
    <LockOpen size={11} aria-hidden className="shrink-0" />
    {short ? (
      <>
        <span aria-hidden>legacy</span>
        <span className="sr-only">{LEGACY}</span>
      </>
    ) : (
      LEGACY
    )}
  </span>
);

/** The badge with what it means, on hover and on focus. */
export const LegacyBadge = () => (
  <Tooltip
    trigger={
      <button type="button" className={look}>
        <LockOpen size={11} aria-hidden className="shrink-0" />
        {LEGACY}
      </button>
    }
  >
    <p>{LEGACY_RISK.see}</p>
    <p>{LEGACY_RISK.agents}</p>
    <p>{LEGACY_RISK.asked}</p>
  </Tooltip>
);
