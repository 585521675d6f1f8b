import { List, UserPlus, Waypoints } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { PeerId } from '../../shared/ids.ts';
import { Button } from '../parts/button.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { MakeInvite } from '../invites/make-invite.tsx';
import { UseInvite } from '../invites/use-invite.tsx';
import { go, href, MAKE_INVITE, slide, USE_INVITE } from '../state/route.ts';
import { useCalmed } from '../state/use-calmed.ts';
import { useMedia } from '../look/use-media.ts';
import { ToolPage } from '../tools/tool-page.tsx';
import { addressesToGive } from '../words/addresses.ts';
import { plural } from '../words/format.ts';
import { GraphView } from './graph/graph-view.tsx';
import { PeerList } from './peer-list.tsx';
import { PeerPanel } from './peer-panel.tsx';

/** With more peers than this their list and graph change at most once in `CALM_MS` milliseconds. */
const MANY = 2000;
const CALM_MS = 1000;

export function PeersPage({ rest, invite }: { rest: readonly string[]; invite: string | null }) {
  const [id, agent, tool] = rest;
  const selected = useMemo(() => PeerId.safeParse(id).data ?? null, [id]);
  if (selected !== null && agent !== undefined) {
    return <ToolPage key={`${selected}/${agent}`} peerId={selected} agent={agent} tool={tool ?? null} />;
  }
  return (
    <>
      <Peers selected={selected} />
      {id === MAKE_INVITE ? <MakeInvite onClose={() => slide('peers')} /> : null}
      {id === USE_INVITE ? (
        <UseInvite key={invite ?? ''} given={invite ?? ''} onClose={() => slide('peers')} />
      ) : null}
    </>
  );
}

function Peers({ selected }: { selected: PeerId | null }) {
  const live = useLive(({ peers: every }) => every);
  const calmed = useCalmed(live, Object.keys(live).length > MANY ? CALM_MS : 0);
  // Deferred: with many peers the pointer and the keys come first.
  const peers = useDeferredValue(calmed);
  const narrow = useMedia('(width < 900px)');
  const [listShown, setListShown] = useState(true);
  const [graphOnNarrow, setGraphOnNarrow] = useState(false);
  const [unknownOpen, setUnknownOpen] = useState(false);
  const all = Object.values(peers);
  const connected = all.filter((peer) => peer.state === 'connected').length;
  const showGraph = narrow ? graphOnNarrow : true;
  const showList = narrow ? !graphOnNarrow : listShown;
  return (
    <>
      <PageHead title="Peers" note={`${plural(all.length, 'peer')}, ${connected.toString()} connected`}>
        <Button onClick={() => go('peers', MAKE_INVITE)}>
          <UserPlus size={15} aria-hidden /> Invite…
        </Button>
        <Button onClick={() => go('peers', USE_INVITE)}>Use an invite…</Button>
        {all.length === 0 ? null : narrow ? (
          <Button aria-pressed={graphOnNarrow} onClick={() => setGraphOnNarrow(!graphOnNarrow)}>
            <Waypoints size={15} aria-hidden /> Graph
          </Button>
        ) : (
          <Button aria-pressed={listShown} onClick={() => setListShown(!listShown)}>
            <List size={15} aria-hidden /> List
          </Button>
        )}
      </PageHead>
      <div className="relative flex min-h-0 flex-1 border-t border-line">
        {all.length === 0 ? (
          <NoPeers />
        ) : (
          <>
            {showGraph ? (
              <GraphView
                peers={peers}
                selected={selected}
                unknownOpen={unknownOpen}
                onUnknownOpen={setUnknownOpen}
                onSelect={(peerId) => (peerId === null ? go('peers') : go('peers', peerId))}
              />
            ) : null}
            {showList ? (
              <PeerList
                peers={peers}
                selected={selected}
                unknownOpen={unknownOpen}
                onUnknownOpen={setUnknownOpen}
                alone={!showGraph}
              />
            ) : null}
          </>
        )}
        {selected === null ? null : (
          <PeerPanel key={selected} peerId={selected} onClose={() => go('peers')} />
        )}
      </div>
    </>
  );
}

function NoPeers() {
  const { addresses, mdns } = useLive((live) => ({
    addresses: live.host.addresses,
    mdns: live.settings.mdns,
  }));
  const [address] = addressesToGive(addresses);
  return (
    <div className="flex-1 overflow-y-auto">
      <Empty icon={<Waypoints size={32} strokeWidth={1.5} />} title="Nobody found yet">
        <p>
          {mdns
            ? 'Gatehouse looks for others on this network all the time; they appear here by themselves. A machine elsewhere is met by an invite, or by its address.'
            : 'Finding others on this network is switched off in Settings. A machine is met by an invite, or by its address.'}
        </p>
        {address === undefined ? null : (
          <div className="w-full text-left">
            <p className="pb-1 text-text">This machine’s address, to give to others:</p>
            <Copyable text={address} what="address" />
          </div>
        )}
        <p>
          <a href={href('network')}>Connect to an address</a>
        </p>
      </Empty>
    </div>
  );
}
