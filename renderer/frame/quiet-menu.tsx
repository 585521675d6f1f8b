import { Bell, BellOff } from 'lucide-react';
import { Menu } from '../parts/menu.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { go } from '../state/route.ts';
import { quietSpans, quietTime } from './quiet-spans.ts';
import { useAttempt } from './toasts.tsx';

/** Whether questions make themselves heard, and since when they do not; with the ways to change it. */
export function QuietMenu() {
  const { quietUntil, ownUntil } = useLive((live) => ({
    quietUntil: live.host.quietUntil,
    ownUntil: live.settings.doNotDisturbUntil,
  }));
  const host = useHost();
  const attempt = useAttempt();
  const isLive = useIsLive();
  const isQuiet = quietUntil !== null;
  // Quiet by the hours of the settings: that is changed there.
  const byHours = isQuiet && ownUntil === null;
  const words = quietUntil === null ? 'Do not disturb' : `Quiet until ${quietTime(quietUntil, Date.now())}`;
  return (
    <Menu
      disabled={!isLive}
      heading={
        byHours
          ? 'These are your quiet hours. Longer, if you like:'
          : 'Questions wait without a sound or a notification'
      }
      trigger={
        <button
          type="button"
          aria-label={words}
          title={words}
          className="flex h-7 shrink-0 items-center gap-1.5 rounded-md px-1.5 text-dim hover:bg-hover hover:text-text"
        >
          {isQuiet ? <BellOff size={15} aria-hidden /> : <Bell size={15} aria-hidden />}
          {isQuiet ? <span className="numbers text-text max-mid:sr-only">{words}</span> : null}
        </button>
      }
      entries={[
        ...quietSpans(ownUntil !== null).map(({ label, until }) => ({
          label,
          onChoose: () =>
            attempt('Could not change it', () =>
              host((client) => client.settings.set({ doNotDisturbUntil: until?.(new Date()) ?? null })),
            ),
        })),
        { label: 'Quiet hours…', note: 'Every day at the same time', onChoose: () => go('settings') },
      ]}
    />
  );
}
