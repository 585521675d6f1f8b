import { Radar } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { SeenAgent } from '../../../shared/registry.ts';
import { Input, Select } from '../../parts/field.tsx';
import { Empty, PageHead } from '../../parts/page.tsx';
import { Problem } from '../../parts/problem.tsx';
import { VirtualGrid } from '../../parts/virtual-grid.tsx';
import { useLive } from '../../state/hooks.ts';
import { go, href } from '../../state/route.ts';
import { plural } from '../../words/format.ts';
import { AgentPlaces } from '../agent-places.tsx';
import { AskNetwork } from './ask-network.tsx';
import { SeenCells, SeenHead } from './seen-cells.tsx';
import { MOST_SEEN, useSeen } from './use-seen.ts';

const LONGEST = 200;
const keyOf = ({ peerId, agent }: SeenAgent): string => `${peerId}-${agent}`;
const open = (entry: SeenAgent): void =>
  entry.source === 'own' ? go('agents', entry.agent) : go('peers', entry.peerId);

const sources: readonly (readonly [SeenAgent['source'], string])[] = [
  ['own', 'Mine'],
  ['contact', 'My contacts’'],
  ['network', 'The network’s'],
];

/** Every agent that this machine knows of, its own, its contacts' and the network's. */
export function SeenAgents() {
  const [text, setText] = useState('');
  const [source, setSource] = useState<SeenAgent['source'] | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const wanted = text.trim();
  /** Counts what the network answered, since that is to be seen at once. */
  const [answers, setAnswers] = useState(0);
  const { agents, error } = useSeen(wanted, source, answers);
  const rows = useDeferredValue(agents) ?? [];
  return (
    <>
      <PageHead
        title="Agents"
        note={
          agents === null
            ? undefined
            : rows.length === MOST_SEEN
              ? `the first ${plural(rows.length, 'agent')}`
              : `${plural(rows.length, 'agent')}${wanted === '' && source === null ? ' seen' : ' found'}`
        }
      >
        <AgentPlaces seen />
      </PageHead>
      <div className="flex min-h-0 flex-1 flex-col border-t border-line bg-surface">
        <div className="flex gap-2 px-4 py-2 mid:px-5">
          <Input
            aria-label="Find an agent"
            placeholder="Find by name, tool or tag"
            className="min-w-0 flex-1 mid:max-w-100"
            value={text}
            maxLength={LONGEST}
            onChange={(event) => setText(event.target.value)}
          />
          <Select
            aria-label="Whose"
            className="!w-36"
            value={source ?? ''}
            onChange={(event) => setSource(SeenAgent.shape.source.safeParse(event.target.value).data ?? null)}
          >
            <option value="">Everybody’s</option>
            {sources.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </div>
        <AskNetwork name={wanted} onFound={() => setAnswers(answers + 1)} />
        <Problem text={error} className="px-4 pb-2 mid:px-5" />
        <div className="flex min-h-0 flex-1 flex-col border-t border-line">
          {agents === null ? null : rows.length === 0 ? (
            <Nothing searched={wanted !== '' || source !== null} />
          ) : (
            <VirtualGrid
              label="Agents seen"
              rows={rows}
              keyOf={keyOf}
              rowHeight={52}
              columns={5}
              head={<SeenHead />}
              selected={current}
              onSelect={(entry, moved) => {
                setCurrent(keyOf(entry));
                if (!moved) open(entry);
              }}
            >
              {(entry) => <SeenCells entry={entry} />}
            </VirtualGrid>
          )}
        </div>
      </div>
    </>
  );
}

function Nothing({ searched }: { searched: boolean }) {
  const { gossip, dht } = useLive(({ settings }) => ({ gossip: settings.gossip, dht: settings.dht }));
  return (
    <div className="flex-1 overflow-y-auto">
      <Empty
        icon={<Radar size={32} strokeWidth={1.5} />}
        title={searched ? 'No agent seen has these words' : 'No agent seen yet'}
      >
        {searched ? (
          <p>
            Names, descriptions, tools and tags were searched. Ask the network for the exact name of a tool or
            tag.
          </p>
        ) : (
          <p>
            Agents of your contacts appear here once they are connected, and those of others when they
            announce them.
          </p>
        )}
        {gossip && dht ? null : (
          <p>
            {gossip
              ? 'The distributed table is'
              : dht
                ? 'Hearing announcements is'
                : 'Both ways of hearing of others are'}{' '}
            switched off in <a href={href('settings')}>Settings</a>.
          </p>
        )}
      </Empty>
    </div>
  );
}
