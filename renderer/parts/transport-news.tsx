import type { TransportView } from '../../shared/transports.ts';
import { shown } from '../words/shown.ts';
import { transportNews } from '../words/transports.ts';
import { Mark, toneText } from './marks.tsx';

/** What the transports are doing where they do not simply run or rest. Its place stays, so that it is announced. */
export function TransportNews({
  transports,
  label,
}: {
  transports: readonly TransportView[];
  label: string;
}) {
  return (
    <div role="status" aria-label={label} className="numbers flex flex-col gap-1 empty:hidden">
      {transports.map((view) => {
        const news = transportNews(view);
        return news === null ? null : (
          <p key={view.name} className="flex items-start gap-2">
            <span className="flex h-5 w-3.75 items-center justify-center">
              <Mark shape={news.tone === 'bad' ? 'cross' : 'half'} tone={news.tone} />
            </span>
            <span className={`min-w-0 break-words ${news.tone === 'bad' ? toneText.bad : ''}`}>
              {shown(news.text, 400)}
            </span>
          </p>
        );
      })}
    </div>
  );
}
