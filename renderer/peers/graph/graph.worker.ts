/** Lays out and draws the peers beside the page's own thread. */
import type { Colours } from '../../look/use-colours.ts';
import { CLUSTER_RADIUS, draw, PEER_RADIUS, toScreen, type Dash, type View } from './draw.ts';
import { Layout, type Placed } from './layout.ts';
import { CLUSTER, type FromWorker, type GraphPeer, type Point, type ToWorker } from './protocol.ts';

const DASH_MS = 700;
const MAX_DASHES = 120;
const FIT_MARGIN = { x: 84, y: 48 };
const SCALES = { least: 0.08, most: 4 };

let context: OffscreenCanvasRenderingContext2D | null = null;
let layout = new Layout({});
let peers: readonly GraphPeer[] = [];
let unknownOpen = false;
let placed: Placed = { peers: [], cluster: null };
let colours: Colours | null = null;
let size = { width: 0, height: 0, ratio: 1 };
let view: View = { x: 0, y: 0, scale: 1 };
/** Once the person has moved the view it is theirs. */
let viewIsOurs = true;
let selected: string | null = null;
let hovered: string | null = null;
let reduced = false;
let dashes: { peerId: string; direction: 'in' | 'out'; from: number }[] = [];
let scheduled = false;

const say = (message: FromWorker): void => self.postMessage(message);

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  take(event.data);
  redraw();
});

function take(message: ToWorker): void {
  switch (message.type) {
    case 'start':
      context = message.canvas.getContext('2d', { alpha: false });
      layout = new Layout(message.positions);
      break;
    case 'size':
      resize(message);
      break;
    case 'colours':
      colours = message.colours;
      break;
    case 'motion':
      reduced = message.reduced;
      break;
    case 'peers':
      peers = message.peers;
      unknownOpen = message.unknownOpen;
      replace();
      break;
    case 'select':
      selected = message.id;
      break;
    case 'call':
      if (dashes.length < MAX_DASHES) {
        dashes.push({ peerId: message.peerId, direction: message.direction, from: performance.now() });
      }
      break;
    case 'hover': {
      const id = message.at === null ? null : at(message.at);
      if (id !== hovered) say({ type: 'hovered', id });
      hovered = id;
      break;
    }
    case 'press':
      say({ type: 'picked', id: at(message.at) });
      break;
    case 'pan':
      viewIsOurs = false;
      view = { ...view, x: view.x + message.by.x, y: view.y + message.by.y };
      break;
    case 'zoom':
      zoom(message.at ?? { x: size.width / 2, y: size.height / 2 }, message.factor);
      break;
    case 'step':
      step(message.by);
      break;
    case 'fit':
      viewIsOurs = true;
      fit();
      break;
    case 'tidy':
      layout.tidy(peers);
      viewIsOurs = true;
      replace();
      break;
    default:
      message satisfies never;
  }
}

function resize(message: ToWorker & { type: 'size' }): void {
  const { width, height, ratio } = message;
  view = { ...view, x: view.x + (width - size.width) / 2, y: view.y + (height - size.height) / 2 };
  size = { width, height, ratio };
  if (context !== null) {
    context.canvas.width = Math.max(1, Math.round(width * ratio));
    context.canvas.height = Math.max(1, Math.round(height * ratio));
  }
  if (viewIsOurs) fit();
}

function replace(): void {
  const before = placed.peers.length + (placed.cluster?.open === true ? 1 : 0);
  placed = layout.place(peers, unknownOpen);
  const positions = layout.takeMoved();
  if (positions !== null) say({ type: 'placed', positions });
  if (viewIsOurs && before !== placed.peers.length + (placed.cluster?.open === true ? 1 : 0)) fit();
}

/** All in view, me in the middle of the picture where that fits. */
function fit(): void {
  if (size.width === 0 || size.height === 0) return;
  const points: Point[] = [...placed.peers, { x: -120, y: -120 }, { x: 120, y: 120 }];
  if (placed.cluster !== null) points.push(placed.cluster);
  const left = Math.min(...points.map(({ x }) => x));
  const right = Math.max(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  const bottom = Math.max(...points.map(({ y }) => y));
  const scale = Math.min(
    1.35,
    (size.width - 2 * FIT_MARGIN.x) / (right - left),
    (size.height - 2 * FIT_MARGIN.y) / (bottom - top),
  );
  view = {
    scale: Math.max(SCALES.least, scale),
    x: size.width / 2 - ((left + right) / 2) * scale,
    y: size.height / 2 - ((top + bottom) / 2) * scale,
  };
}

function zoom(centre: Point, factor: number): void {
  viewIsOurs = false;
  const scale = Math.min(SCALES.most, Math.max(SCALES.least, view.scale * factor));
  const real = scale / view.scale;
  view = { scale, x: centre.x - (centre.x - view.x) * real, y: centre.y - (centre.y - view.y) * real };
}

/** What is at a point of the canvas, within a finger's reach. */
function at(point: Point): string | null {
  let best: { id: string; distance: number } | null = null;
  for (const peer of placed.peers) {
    const screen = toScreen(view, peer);
    const distance = Math.hypot(screen.x - point.x, screen.y - point.y);
    if (distance < PEER_RADIUS + 8 && (best === null || distance < best.distance))
      best = { id: peer.id, distance };
  }
  if (best !== null) return best.id;
  if (placed.cluster !== null && !placed.cluster.open) {
    const screen = toScreen(view, placed.cluster);
    if (Math.hypot(screen.x - point.x, screen.y - point.y) < CLUSTER_RADIUS) return CLUSTER;
  }
  return null;
}

/** Clockwise from the top, so that the arrow keys go round. */
function step(by: 1 | -1): void {
  const angle = ({ x, y }: Point): number => (Math.atan2(x, -y) + 2 * Math.PI) % (2 * Math.PI);
  const around = placed.peers.toSorted((a, b) => angle(a) - angle(b));
  if (around.length === 0) return;
  const index = around.findIndex(({ id }) => id === selected);
  const next = index < 0 ? (by === 1 ? 0 : around.length - 1) : (index + by + around.length) % around.length;
  say({ type: 'picked', id: around[next]?.id ?? null });
}

function redraw(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame((now) => {
    scheduled = false;
    if (context === null || colours === null || size.width === 0) return;
    dashes = dashes.filter(({ from }) => now - from < DASH_MS);
    const shown: Dash[] = dashes.map(({ peerId, direction, from }) => ({
      peerId,
      direction,
      // Without motion a call is a dash that stands in the middle for a moment.
      progress: reduced ? 0.5 : Math.max(0, (now - from) / DASH_MS),
    }));
    draw(context, { placed, view, ...size, colours, selected, hovered, dashes: shown });
    if (dashes.length > 0) redraw();
  });
}
