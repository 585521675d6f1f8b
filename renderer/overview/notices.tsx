import { CircleX, Info, TriangleAlert, X } from 'lucide-react';
import type { Notice } from '../../shared/live.ts';
import { useAttempt } from '../frame/toasts.tsx';
import { IconButton } from '../parts/button.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { date } from '../words/format.ts';
import { shown } from '../words/shown.ts';

const words: Record<Notice['level'], string> = { info: 'Note', warning: 'Attention', error: 'Error' };

/** What the person should know of the host itself, each until dismissed. */
export function Notices() {
  const notices = useLive((live) => live.host.notices);
  const host = useHost();
  const attempt = useAttempt();
  const isLive = useIsLive();
  if (notices.length === 0) return null;
  return (
    <ul className="flex flex-col gap-2" aria-label="Notices">
      {notices.map((notice) => (
        <li
          key={notice.id}
          className="flex items-start gap-2.5 rounded-md border border-line bg-surface py-1 pr-1 pl-3"
        >
          {notice.level === 'info' ? (
            <Info size={16} aria-hidden className="mt-2 shrink-0 text-dim" />
          ) : notice.level === 'warning' ? (
            <TriangleAlert size={16} aria-hidden className="mt-2 shrink-0 text-text" />
          ) : (
            <CircleX size={16} aria-hidden className="mt-2 shrink-0 text-bad" />
          )}
          <p className="min-w-0 flex-1 py-1.5 break-words">
            <span className="sr-only">{words[notice.level]}: </span>
            {shown(notice.text, 600)} <span className="numbers text-sm text-dim">{date(notice.at)}</span>
          </p>
          <IconButton
            label="Dismiss this notice"
            disabled={!isLive}
            onClick={() =>
              attempt('Could not dismiss the notice', () =>
                host((client) => client.host.dismissNotice({ id: notice.id })),
              )
            }
          >
            <X size={15} aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
