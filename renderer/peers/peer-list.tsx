import { ChevronDown, ChevronRight } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { PeerId } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { Input } from '../parts/field.tsx';
import { LegacyMark } from '../parts/legacy-badge.tsx';
import { PathMark, PeerStateMark, RelayMark, TrustMark, WaitCount } from '../parts/marks.tsx';
import { VirtualGrid } from '../parts/virtual-grid.tsx';
import { useSorted } from '../state/hooks.ts';
import { go, slide } from '../state/route.ts';
import { plural, rtt } from '../words/format.ts';
import { comparePeers, peerLabel } from '../words/peer-names.ts';
import { peerStateWords } from '../words/sentences.ts';
import { isDawnNode, isPlainNode } from '../words/transports.ts';

type Row =
  | { readonly kind: 'peer'; readonly peer: PeerView }
  | { readonly kind: 'unknown'; readonly count: number; readonly open: boolean };

const ROW = 44;
const UNKNOWN = 'unknown-peers';
const keyOf = (row: Row): string => (row.kind === 'peer' ? row.peer.peerId : UNKNOWN);

interface PeerListProps {
  peers: Readonly<Record<string, PeerView>>;
  selected: PeerId | null;
  unknownOpen: boolean;
  onUnknownOpen: (open: boolean) => void;
  /** Without the graph beside it. */
  alone: boolean;
}

/** The graph's equal: the same peers, the same selection, the same closed cluster. */
export function PeerList({ peers, selected, unknownOpen, onUnknownOpen, alone }: PeerListProps) {
  const sorted = useSorted(peers, comparePeers);
  const [text, setText] = useState('');
  // The row of the unknown ones is no peer, so it can be the current row and not the selection.
  const [onUnknown, setOnUnknown] = useState(false);
  useEffect(() => setOnUnknown(false), [selected]);
  const rows = useMemo(
    () => listRows(sorted, text, unknownOpen, selected),
    [sorted, text, unknownOpen, selected],
  );
  return (
    <section
      aria-label="List of peers"
      className={`flex min-h-0 flex-col bg-surface ${alone ? 'min-w-0 flex-1' : 'w-80 shrink-0 border-l border-line'}`}
    >
      <div className="border-b border-line p-2">
        <Input
          aria-label="Find a peer"
          placeholder="Find by name or id"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {rows.length === 0 ? <p className="p-4 text-dim">No peer has this in its name or id.</p> : null}
      <VirtualGrid
        label="Peers"
        rows={rows}
        keyOf={keyOf}
        rowHeight={ROW}
        columns={1}
        selected={onUnknown ? UNKNOWN : selected}
        onSelect={(row, moved) => {
          setOnUnknown(row.kind === 'unknown');
          if (row.kind === 'peer') (moved ? slide : go)('peers', row.peer.peerId);
          else if (!moved) onUnknownOpen(!row.open);
        }}
      >
        {(row) =>
          row.kind === 'peer' ? (
            <PeerCells peer={row.peer} />
          ) : (
            <div
              role="gridcell"
              className="flex w-full items-center gap-2 px-3 text-dim"
              aria-expanded={row.open}
            >
              {row.open ? <ChevronDown size={15} aria-hidden /> : <ChevronRight size={15} aria-hidden />}
              {plural(row.count, 'unknown peer')}
            </div>
          )
        }
      </VirtualGrid>
    </section>
  );
}

function PeerCells({ peer }: { peer: PeerView }) {
  const [best] = peer.links;
  return (
    <div role="gridcell" className="flex w-full items-center gap-2.5 px-3">
      <PeerStateMark peer={peer} bare />
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <bdi className="min-w-0 truncate font-medium">{peerLabel(peer, peer.peerId)}</bdi>
          {peer.request !== null && peer.trust === 'unknown' ? (
            <WaitCount count={1} label="asks to be a contact" />
          ) : null}
        </div>
        <div className="flex items-center gap-2 text-sm text-dim">
          <TrustMark trust={peer.trust} />
          {peer.isRelay === true ? <RelayMark /> : null}
          {isDawnNode(peer) ? <LegacyMark short /> : null}
          {isPlainNode(peer) ? <span className="truncate">plain libp2p</span> : null}
          {peer.agents.length === 0 ? null : <span>{plural(peer.agents.length, 'agent')}</span>}
        </div>
      </div>
      <div className="shrink-0 text-right text-sm text-dim">
        {best === undefined ? (
          peer.trust === 'blocked' ? (
            'blocked'
          ) : (
            peerStateWords(peer)
          )
        ) : (
          <>
            <div>
              <PathMark path={best.path} transport={best.transport} />
            </div>
            <div>
              {best.transport === 'websocket' && best.path !== 'legacy' ? 'WebSocket ' : ''}
              {best.rttMs === null ? '' : rtt(best.rttMs)}
            </div>
          </>
        )}
      </div>
    </div>
  );
}

/** Requests first, then by trust; unknown peers behind one row until opened. Searching looks through all. Pure. */
export function listRows(
  sorted: readonly PeerView[],
  text: string,
  unknownOpen: boolean,
  selected: string | null,
): readonly Row[] {
  const wanted = text.trim().toLowerCase();
  const row = (peer: PeerView): Row => ({ kind: 'peer', peer });
  if (wanted !== '') {
    return sorted
      .filter((peer) => `${peerLabel(peer, peer.peerId)} ${peer.peerId}`.toLowerCase().includes(wanted))
      .map(row);
  }
  const asks = (peer: PeerView) => peer.request !== null && peer.trust === 'unknown';
  const unknown = sorted.filter((peer) => peer.trust === 'unknown' && !asks(peer));
  const shownUnknown = unknownOpen ? unknown : unknown.filter((peer) => peer.peerId === selected);
  return [
    ...sorted.filter(asks).map(row),
    ...sorted.filter((peer) => peer.trust === 'trusted' || peer.trust === 'known').map(row),
    ...(unknown.length === 0 ? [] : [{ kind: 'unknown', count: unknown.length, open: unknownOpen } as const]),
    ...shownUnknown.map(row),
    ...sorted.filter((peer) => peer.trust === 'blocked').map(row),
  ];
}
