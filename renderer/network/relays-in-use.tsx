import type { RelayUse } from '../../shared/reachability.ts';
import { Fold } from '../parts/fold.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Mark, type Shape } from '../parts/marks.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { ago, plural, until } from '../words/format.ts';
import { relayStateWords } from '../words/reachability.ts';
import type { Tone } from '../words/sentences.ts';

const marks: Record<RelayUse['state'], { shape: Shape; tone: Tone }> = {
  reserved: { shape: 'full', tone: 'good' },
  trying: { shape: 'half', tone: 'plain' },
  failed: { shape: 'cross', tone: 'bad' },
};
const ORDER = { reserved: 0, trying: 1, failed: 2 } as const;
const byState = (a: RelayUse, b: RelayUse): number => ORDER[a.state] - ORDER[b.state] || a.since - b.since;

/** Those through which others can reach this machine. */
export function RelaysInUse() {
  const relays = useLive((live) => live.reachability.evidence.relays);
  const wanted = useLive((live) => live.settings.relays);
  const now = useNow(15_000);
  const reserved = relays.filter(({ state }) => state === 'reserved').length;
  return (
    <Fold
      title="Relays"
      note={wanted ? (reserved === 0 ? 'none in use' : plural(reserved, 'reservation')) : 'switched off'}
    >
      {relays.length === 0 ? (
        <p className="text-dim">
          {wanted
            ? 'No relay is known. They are found among contacts, in the bootstrap list and through discovery.'
            : 'Places on relays are not asked for. '}
          {wanted ? null : <a href={href('settings')}>Settings</a>}
        </p>
      ) : (
        <ul className="numbers flex flex-col gap-2">
          {relays.toSorted(byState).map((relay) => (
            <li key={relay.peerId} className="flex items-start gap-2">
              <span className="flex h-5 items-center">
                <Mark {...marks[relay.state]} />
              </span>
              <span className="min-w-0 break-words">
                <a href={href('peers', relay.peerId)}>
                  <PeerNameOf peerId={relay.peerId} />
                </a>
                : {relayStateWords[relay.state]}
                <span className="text-dim">
                  {relay.expiresAt === null
                    ? `, ${ago(relay.since, now)}`
                    : `, to be renewed ${until(relay.expiresAt, now)}`}
                </span>
                {relay.why === null ? null : (
                  <span className="block text-dim">
                    <Hostile text={relay.why} max={300} />
                  </span>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Fold>
  );
}
