import type { PeerMigration, Reach } from '../../../shared/migration.ts';
import { Hostile } from '../../parts/hostile.tsx';
import { Mark, toneText } from '../../parts/marks.tsx';
import { PeerNameOf } from '../../parts/peer-name.tsx';
import { href } from '../../state/route.ts';
import { transportNames } from '../../words/transports.ts';
import { reachLook, standingLooks } from './migration-words.ts';

/** One contact: where it stands, why, and how each transport reaches it. */
export function ContactRow({ contact, now }: { contact: PeerMigration; now: number }) {
  const { shape, tone, word } = standingLooks[contact.standing];
  return (
    <li className="grid gap-x-6 gap-y-1 border-line px-3 py-2.5 not-last:border-b mid:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="flex min-w-0 items-center gap-x-3">
          <a href={href('peers', contact.peerId)} className="flex min-w-0 font-medium">
            <PeerNameOf peerId={contact.peerId} />
          </a>
          <span className="inline-flex shrink-0 items-center gap-1.5">
            <Mark shape={shape} tone={tone} />
            <span className={toneText[tone]}>{word}</span>
          </span>
        </p>
        <p className="break-words text-dim">
          <Hostile text={contact.sentence} max={400} />
        </p>
      </div>
      <dl className="numbers grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-2 self-center text-sm mid:w-64">
        <ReachFact reach={contact.libp2p} now={now} />
        <ReachFact reach={contact.websocket} now={now} />
      </dl>
    </li>
  );
}

function ReachFact({ reach, now }: { reach: Reach; now: number }) {
  const { shape, tone, word } = reachLook(reach, now);
  return (
    <>
      <dt className="w-20 text-dim">{transportNames[reach.name]}</dt>
      <dd className="flex items-center gap-1.5 truncate">
        <Mark shape={shape} tone={tone} />
        {word}
      </dd>
    </>
  );
}
