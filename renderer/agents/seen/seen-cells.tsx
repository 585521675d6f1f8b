import { BadgeCheck, Megaphone } from 'lucide-react';
import type { SeenAgent } from '../../../shared/registry.ts';
import { Hostile } from '../../parts/hostile.tsx';
import { PeerNameOf } from '../../parts/peer-name.tsx';
import { useNow } from '../../state/use-now.ts';
import { ago, plural } from '../../words/format.ts';
import { shown } from '../../words/shown.ts';

const cell = 'shrink-0 overflow-hidden px-2 whitespace-nowrap';
const width = {
  name: 'min-w-0 flex-[3] !shrink pl-4 mid:pl-5',
  peer: 'min-w-0 flex-[2] !shrink max-mid:hidden',
  tags: 'min-w-0 flex-[2] !shrink max-wide:hidden',
  tools: 'w-18 text-right max-mid:hidden',
  heard: 'w-56 pr-4 pl-6 max-wide:w-50 max-mid:w-36 max-mid:pl-2',
};
const FEW_TAGS = 4;

const sourceWords: Record<SeenAgent['source'], string> = {
  own: 'this machine',
  contact: 'a contact',
  network: 'not a contact',
};
const heardWords: Record<SeenAgent['heardBy'], string> = {
  own: 'hosted here',
  card: 'from itself',
  gossip: 'by gossip',
  dht: 'by look-up',
};

export function SeenHead() {
  return (
    <>
      <div role="columnheader" className={`${cell} ${width.name}`}>
        Agent
      </div>
      <div role="columnheader" className={`${cell} ${width.peer}`}>
        Whose
      </div>
      <div role="columnheader" className={`${cell} ${width.tags}`}>
        Tags
      </div>
      <div role="columnheader" className={`${cell} ${width.tools}`}>
        Tools
      </div>
      <div role="columnheader" className={`${cell} ${width.heard}`}>
        Known from
      </div>
    </>
  );
}

export function SeenCells({ entry }: { entry: SeenAgent }) {
  const now = useNow(15_000);
  const { agent, description, tools, tags, source, peerId } = entry;
  return (
    <>
      <div role="gridcell" className={`${cell} ${width.name}`}>
        <div className="truncate font-medium">{agent}</div>
        <div className="truncate text-sm text-dim">
          <span className="mid:hidden">
            {source === 'own' ? 'this machine' : <PeerNameOf peerId={peerId} />}
            {' · '}
          </span>
          {description === '' ? (
            <Hostile text={tools.slice(0, 6).join(', ')} max={120} />
          ) : (
            <bdi>{shown(description, 160)}</bdi>
          )}
        </div>
      </div>
      <div role="gridcell" className={`${cell} ${width.peer}`}>
        <div className="truncate">{source === 'own' ? 'this machine' : <PeerNameOf peerId={peerId} />}</div>
        <div className="truncate text-sm text-dim">{source === 'own' ? 'yours' : sourceWords[source]}</div>
      </div>
      <div role="gridcell" className={`${cell} ${width.tags} text-sm text-dim`}>
        <span className="block truncate">
          {tags.slice(0, FEW_TAGS).map((tag, index) => (
            <span key={tag}>
              {index === 0 ? '' : ', '}
              <bdi>{shown(tag, 40)}</bdi>
            </span>
          ))}
          {tags.length > FEW_TAGS ? ` and ${(tags.length - FEW_TAGS).toString()} more` : ''}
        </span>
      </div>
      <div role="gridcell" className={`${cell} ${width.tools} text-dim`} title={plural(tools.length, 'tool')}>
        {tools.length}
      </div>
      <div role="gridcell" className={`${cell} ${width.heard}`}>
        <Verified entry={entry} />
        <div className="truncate text-sm text-dim">
          {source === 'own' ? (
            heardWords.own
          ) : (
            <>
              <span className="max-mid:hidden">{heardWords[entry.heardBy]}, </span>
              {ago(entry.seenAt, now)}
            </>
          )}
        </div>
      </div>
    </>
  );
}

/** Whether the whole card was fetched from the peer itself, or only its announcement is here. */
function Verified({ entry: { verified } }: { entry: SeenAgent }) {
  const isCard = verified === 'card';
  return (
    <span
      className="flex items-center gap-1.5"
      title={
        isCard
          ? 'Its whole card was fetched from the peer itself, and the signature is good.'
          : 'Only its signed announcement is here. Its card has not been fetched.'
      }
    >
      {isCard ? (
        <BadgeCheck size={14} aria-hidden className="shrink-0 text-good" />
      ) : (
        <Megaphone size={14} aria-hidden className="shrink-0 text-dim" />
      )}
      <span className={isCard ? '' : 'text-dim'}>{isCard ? 'card verified' : 'announced'}</span>
    </span>
  );
}
