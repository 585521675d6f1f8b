import { LocateFixed, Minus, Plus, Sparkles } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { PeerId } from '../../../shared/ids.ts';
import type { PeerView } from '../../../shared/peers.ts';
import { useColours } from '../../look/use-colours.ts';
import { useMedia } from '../../look/use-media.ts';
import { IconButton, Button } from '../../parts/button.tsx';
import { PathMark, WebSocketLineMark } from '../../parts/marks.tsx';
import { useLive } from '../../state/hooks.ts';
import { plural } from '../../words/format.ts';
import { peerLabel } from '../../words/peer-names.ts';
import { PATHS_BEST_FIRST } from '../../words/sentences.ts';
import { startGraph, type Graph } from './graph.ts';
import { CLUSTER, type GraphPeer, type Point } from './protocol.ts';

interface GraphViewProps {
  peers: Readonly<Record<string, PeerView>>;
  selected: PeerId | null;
  unknownOpen: boolean;
  onUnknownOpen: (open: boolean) => void;
  onSelect: (peerId: PeerId | null) => void;
}

const ZOOM_STEP = 1.25;
const CLICK_REACH = 4;
const LABEL = 28;

export function GraphView(props: GraphViewProps) {
  const { peers, selected, unknownOpen } = props;
  const holder = useRef<HTMLDivElement>(null);
  const [graph, setGraph] = useState<Graph | null>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const approvals = useLive((live) => live.approvals);
  const calls = useLive((live) => live.calls);
  const colours = useColours();
  const reduced = useMedia('(prefers-reduced-motion: reduce)');
  const hintId = useId();
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const started = startGraph(element, (message) => {
      const { onSelect, onUnknownOpen } = latest.current;
      if (message.type === 'hovered') setHovered(message.id);
      else if (message.type === 'picked') {
        if (message.id === CLUSTER) onUnknownOpen(true);
        else onSelect(PeerId.safeParse(message.id).data ?? null);
      }
    });
    setGraph(started);
    return () => {
      setGraph(null);
      started.stop();
    };
  }, []);

  const shownPeers = useMemo(() => graphPeers(peers, approvals), [peers, approvals]);
  useEffect(() => graph?.send({ type: 'colours', colours }), [graph, colours]);
  useEffect(() => graph?.send({ type: 'motion', reduced }), [graph, reduced]);
  const sent = useRef<{ graph: Graph | null; peers: ReadonlyMap<string, GraphPeer> }>({
    graph: null,
    peers: new Map(),
  });
  useEffect(() => {
    if (graph === null) return;
    const before: ReadonlyMap<string, GraphPeer> =
      sent.current.graph === graph ? sent.current.peers : new Map();
    const now = new Map(shownPeers.map((peer) => [peer.id, peer]));
    const changed = shownPeers.filter((peer) => before.get(peer.id) !== peer);
    const gone = [...before.keys()].filter((id) => !now.has(id));
    graph.send({ type: 'peers', changed, gone, unknownOpen });
    sent.current = { graph, peers: now };
  }, [graph, shownPeers, unknownOpen]);
  useEffect(() => graph?.send({ type: 'select', id: selected }), [graph, selected]);

  const newest = useRef<number | null>(null);
  useEffect(() => {
    const before = newest.current;
    for (const call of Object.values(calls)) {
      newest.current = Math.max(newest.current ?? 0, call.id);
      if (before !== null && call.id > before) {
        graph?.send({ type: 'call', peerId: call.peerId, direction: call.direction });
      }
    }
  }, [graph, calls]);

  const pointer = usePointer(graph);
  const onKeyDown = (event: KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowRight: () => graph?.send({ type: 'step', by: 1 }),
      ArrowDown: () => graph?.send({ type: 'step', by: 1 }),
      ArrowLeft: () => graph?.send({ type: 'step', by: -1 }),
      ArrowUp: () => graph?.send({ type: 'step', by: -1 }),
      '+': () => graph?.send({ type: 'zoom', at: null, factor: ZOOM_STEP }),
      '-': () => graph?.send({ type: 'zoom', at: null, factor: 1 / ZOOM_STEP }),
      '0': () => graph?.send({ type: 'fit' }),
    };
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };

  return (
    <section aria-label="Graph of peers" className="relative min-w-0 flex-1 overflow-hidden bg-ground">
      <div
        ref={holder}
        role="application"
        aria-label={`Graph: this machine and ${plural(shownPeers.length, 'peer')}`}
        aria-describedby={hintId}
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...pointer}
        data-testid="peer-graph"
        className={`absolute inset-0 touch-none outline-offset-[-3px]! ${hovered === null ? 'cursor-grab' : 'cursor-pointer'}`}
      />
      <p id={hintId} className="sr-only">
        Arrow keys go from peer to peer, plus and minus zoom, zero shows all. The list beside it has the same
        peers.
      </p>
      <Legend webSocket={shownPeers.some((peer) => peer.webSocket)} />
      <div className="absolute top-3 left-3 flex items-center gap-1 rounded-md border border-line bg-surface p-0.5">
        <Button kind="quiet" size="small" onClick={() => graph?.send({ type: 'tidy' })}>
          <Sparkles size={14} aria-hidden /> Tidy
        </Button>
        <IconButton
          label="Zoom in"
          className="!size-6"
          onClick={() => graph?.send({ type: 'zoom', at: null, factor: ZOOM_STEP })}
        >
          <Plus size={14} aria-hidden />
        </IconButton>
        <IconButton
          label="Zoom out"
          className="!size-6"
          onClick={() => graph?.send({ type: 'zoom', at: null, factor: 1 / ZOOM_STEP })}
        >
          <Minus size={14} aria-hidden />
        </IconButton>
        <IconButton label="Show all" className="!size-6" onClick={() => graph?.send({ type: 'fit' })}>
          <LocateFixed size={14} aria-hidden />
        </IconButton>
        {unknownOpen ? (
          <Button kind="quiet" size="small" onClick={() => props.onUnknownOpen(false)}>
            Gather unknown
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Legend({ webSocket }: { webSocket: boolean }) {
  return (
    <ul
      aria-label="Line styles"
      className="pointer-events-none absolute bottom-3 left-3 flex max-w-[calc(100%-24px)] flex-wrap gap-x-4 gap-y-0.5 rounded-md border border-line bg-surface px-2.5 py-1 text-sm text-dim"
    >
      {PATHS_BEST_FIRST.map((path) => (
        <li key={path}>
          <PathMark path={path} />
        </li>
      ))}
      {webSocket ? (
        <li>
          <WebSocketLineMark />
        </li>
      ) : null}
    </ul>
  );
}

function graphPeers(
  peers: Readonly<Record<string, PeerView>>,
  approvals: Readonly<Record<string, { peerId: PeerId }>>,
): readonly GraphPeer[] {
  const waiting = new Set(Object.values(approvals).map(({ peerId }) => peerId));
  return Object.values(peers).map((peer) =>
    graphPeer(peer, waiting.has(peer.peerId) || (peer.request !== null && peer.trust === 'unknown')),
  );
}

/** A view never changes, so what is made of it is kept; only peers that did change are sent to the worker. */
const made = new WeakMap<PeerView, GraphPeer>();

function graphPeer(peer: PeerView, waits: boolean): GraphPeer {
  const known = made.get(peer);
  if (known?.waits === waits) return known;
  const label = peerLabel(peer, peer.peerId);
  const [best] = peer.links;
  const graphed: GraphPeer = {
    id: peer.peerId,
    label: label.length > LABEL ? `${label.slice(0, LABEL - 1)}…` : label,
    trust: peer.trust,
    path: best?.path ?? null,
    webSocket: best?.transport === 'websocket',
    rttMs: best?.rttMs ?? null,
    agents: peer.agents.length,
    waits,
  };
  made.set(peer, graphed);
  return graphed;
}

/** Drag moves the view, wheel zooms, a press that hardly moved picks. */
function usePointer(graph: Graph | null) {
  const drag = useRef<{ start: Point; last: Point; moved: boolean } | null>(null);
  const pointOf = (event: PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.x, y: event.clientY - box.y };
  };
  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const start = pointOf(event);
      drag.current = { start, last: start, moved: false };
    },
    onPointerMove(event: PointerEvent) {
      const point = pointOf(event);
      const held = drag.current;
      if (held === null) {
        graph?.send({ type: 'hover', at: point });
        return;
      }
      held.moved ||= Math.hypot(point.x - held.start.x, point.y - held.start.y) > CLICK_REACH;
      if (held.moved)
        graph?.send({ type: 'pan', by: { x: point.x - held.last.x, y: point.y - held.last.y } });
      held.last = point;
    },
    onPointerUp(event: PointerEvent) {
      const held = drag.current;
      drag.current = null;
      if (held !== null && !held.moved) graph?.send({ type: 'press', at: pointOf(event) });
    },
    onPointerCancel() {
      drag.current = null;
    },
    onPointerLeave() {
      graph?.send({ type: 'hover', at: null });
    },
  };
}
