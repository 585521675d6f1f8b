import type { TransportState, TransportView } from '../../shared/transports.ts';
import { Copyable } from '../parts/copy.tsx';
import { Fold } from '../parts/fold.tsx';
import { Mark, type Shape } from '../parts/marks.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { plural, span } from '../words/format.ts';
import { shown } from '../words/shown.ts';
import type { Tone } from '../words/sentences.ts';
import { carriersOf, transportNames, transportStateWords } from '../words/transports.ts';

const marks: Record<TransportState, { shape: Shape; tone: Tone }> = {
  off: { shape: 'ring', tone: 'plain' },
  starting: { shape: 'half', tone: 'plain' },
  running: { shape: 'full', tone: 'good' },
  draining: { shape: 'half', tone: 'plain' },
  failed: { shape: 'cross', tone: 'bad' },
};

/** Both transports: whether each runs, since when, where, and for how many links. */
export function Transports() {
  const { chosen, transports } = useLive((live) => ({
    chosen: live.settings.transport,
    transports: live.host.transports,
  }));
  const failed = transports.find(({ state }) => state === 'failed');
  const isWrong = transports.some(({ error }) => error !== null);
  return (
    <Fold
      title="Transports"
      note={failed === undefined ? carriersOf(chosen) : `${transportNames[failed.name]} failed`}
      open={isWrong}
    >
      <ul className="flex flex-col gap-4">
        {transports.map((view) => (
          <li key={view.name}>
            <One view={view} />
          </li>
        ))}
      </ul>
      <p className="pt-3 text-sm text-dim">
        <a href={href('settings')}>Settings</a> say which carry calls, and where they listen.
      </p>
    </Fold>
  );
}

function One({ view }: { view: TransportView }) {
  const now = useNow(15_000);
  const isTroubled = view.state === 'running' && view.error !== null;
  return (
    <div className="flex items-start gap-2">
      <span className="flex h-5 items-center">
        <Mark {...(isTroubled ? marks.failed : marks[view.state])} />
      </span>
      <div className="numbers min-w-0 flex-1">
        <p>
          <span className="font-medium">{transportNames[view.name]}</span>: {transportStateWords(view)}
          <span className="text-dim">
            {view.state === 'off' ? '' : `, for ${span(now - view.since)}`}
            {view.links === 0 ? '' : `, ${plural(view.links, 'link')}`}
          </span>
        </p>
        {view.error === null ? null : <p className="break-words text-bad">{shown(view.error, 400)}</p>}
        {view.addresses.map((address) => (
          <Copyable key={address} text={address} what="address" />
        ))}
      </div>
    </div>
  );
}
