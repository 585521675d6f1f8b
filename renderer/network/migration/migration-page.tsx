import { ArrowLeftRight } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { migrationOf, type PeerMigration } from '../../../shared/migration.ts';
import { toneText } from '../../parts/marks.tsx';
import { Card, Empty, PageHead, Section } from '../../parts/page.tsx';
import { TransportNews } from '../../parts/transport-news.tsx';
import { useLive } from '../../state/hooks.ts';
import { href, MAKE_INVITE } from '../../state/route.ts';
import { useNow } from '../../state/use-now.ts';
import { plural } from '../../words/format.ts';
import { carriersOf } from '../../words/transports.ts';
import { NetworkPlaces } from '../network-places.tsx';
import { ContactRow } from './contact-row.tsx';
import { verdictLooks } from './migration-words.ts';
import { Breakages, SwitchOff } from './switch-off.tsx';

/** Who is reached over which transport, who still needs WebSocket and why, and what switching it off would break. */
export function MigrationPage() {
  const { peers, settings, transports } = useLive((live) => ({
    peers: live.peers,
    settings: live.settings,
    transports: live.host.transports,
  }));
  const now = useNow(15_000);
  const migration = useMemo(
    () => migrationOf(Object.values(peers), settings, transports, now),
    [peers, settings, transports, now],
  );
  const { contacts, others, breaks, verdict } = migration;
  const look = verdict === 'off' && breaks.length > 0 ? verdictLooks.breaks : verdictLooks[verdict];
  // Those of peers stand in the lists below.
  const elsewhere = breaks.filter(({ peerId }) => peerId === null);
  const isEmpty = contacts.length === 0 && others.length === 0 && breaks.length === 0;
  return (
    <>
      <PageHead title="Migration" note={`Calls go over ${carriersOf(settings.transport)}`}>
        <NetworkPlaces migration />
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        {isEmpty ? (
          <Nobody off={verdict === 'off'}>
            <SwitchOff migration={migration} />
          </Nobody>
        ) : (
          <div className="flex max-w-220 flex-col gap-6">
            <section aria-label="Verdict" className="flex flex-col gap-3 pt-1">
              <p className="flex items-start gap-3 text-xl font-semibold">
                <span className="flex h-6.5 items-center">
                  <look.Icon size={20} aria-hidden className={`shrink-0 ${toneText[look.tone]}`} />
                </span>
                {migration.sentence}
              </p>
              <TransportNews transports={transports} label="State of the transports" />
              <SwitchOff migration={migration} />
            </section>
            {elsewhere.length === 0 ? null : (
              <Section title={verdict === 'off' ? 'What needs it' : 'What would break besides'}>
                <Breakages breaks={elsewhere} />
              </Section>
            )}
            <People title="Contacts" people={contacts} now={now} />
            <People title="Others, over WebSocket only" people={others} now={now} />
          </div>
        )}
      </div>
    </>
  );
}

function People({ title, people, now }: { title: string; people: readonly PeerMigration[]; now: number }) {
  if (people.length === 0) return null;
  const needing = people.filter(({ standing }) => standing === 'depends').length;
  return (
    <Section
      title={title}
      note={needing === 0 ? 'none needs WebSocket' : `${plural(needing, 'needs', 'need')} WebSocket`}
    >
      <Card>
        <ul aria-label={title}>
          {people.map((contact) => (
            <ContactRow key={contact.peerId} contact={contact} now={now} />
          ))}
        </ul>
      </Card>
    </Section>
  );
}

function Nobody({ off, children }: { off: boolean; children: ReactNode }) {
  return (
    <Empty
      icon={<ArrowLeftRight size={32} strokeWidth={1.5} />}
      title={off ? 'WebSocket is switched off, and nobody needs it' : 'Nobody needs WebSocket'}
    >
      <p>
        You have no contacts yet. Once you have, this page tells which of them can be reached over libp2p, and
        who still needs WebSocket.
      </p>
      {children}
      <p>
        <a href={href('peers', MAKE_INVITE)}>Make an invite</a>
      </p>
    </Empty>
  );
}
