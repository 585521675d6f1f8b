/** Lays out and draws the peers beside the page's own thread. */
import { quadtree, type Quadtree } from 'd3-quadtree';
import type { Colours } from '../../look/use-colours.ts';
import { CLUSTER_RADIUS, draw, PEER_RADIUS, toScreen, type Dash, type View } from './draw.ts';
import { Layout, type Placed, type PlacedPeer } from './layout.ts';
import { CLUSTER, type FromWorker, type GraphPeer, type Point, type ToWorker } from './protocol.ts';

const DASH_MS = 700;
const MAX_DASHES = 120;
const FIT_MARGIN = { x: 84, y: 52 };
/** The inner ring is in view however few there are. */
const LEAST_EXTENT = 180;
const SCALES = { least: 0.08, most: 4 };

let context: OffscreenCanvasRenderingContext2D | null = null;
let layout = new Layout({});
const peers = new Map<string, GraphPeer>();
let unknownOpen = false;
let placed: Placed = { peers: [], cluster: null };
/** For finding what is under the pointer; made anew at the first look after a change. */
let tree: Quadtree<PlacedPeer> | null = null;
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
      takePeers(message);
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
      layout.tidy([...peers.values()]);
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

function takePeers(message: ToWorker & { type: 'peers' }): void {
  const { changed, gone } = message;
  const staysPut = (peer: GraphPeer): boolean => {
    const before = peers.get(peer.id);
    return before?.trust === peer.trust && before.waits === peer.waits;
  };
  const onlyLooks = gone.length === 0 && message.unknownOpen === unknownOpen && changed.every(staysPut);
  for (const peer of changed) peers.set(peer.id, peer);
  for (const id of gone) peers.delete(id);
  unknownOpen = message.unknownOpen;
  if (onlyLooks) repaint(changed);
  else replace();
}

/** Most changes move nobody: then only those peers' looks are exchanged. */
function repaint(changed: readonly GraphPeer[]): void {
  const news = new Map(changed.map((peer) => [peer.id, peer]));
  tree = null;
  placed = {
    ...placed,
    peers: placed.peers.map((peer) => {
      const fresh = news.get(peer.id);
      return fresh === undefined ? peer : { ...fresh, x: peer.x, y: peer.y };
    }),
  };
}

function replace(): void {
  const before = placed.peers.length + (placed.cluster?.open === true ? 1 : 0);
  placed = layout.place([...peers.values()], unknownOpen);
  tree = null;
  const positions = layout.takeMoved();
  if (positions !== null) say({ type: 'placed', positions });
  if (viewIsOurs && before !== placed.peers.length + (placed.cluster?.open === true ? 1 : 0)) fit();
}

/** All in view, me in the middle of the picture where that fits. */
function fit(): void {
  if (size.width === 0 || size.height === 0) return;
  const room = { x: size.width / 2 - FIT_MARGIN.x, y: size.height / 2 - FIT_MARGIN.y };
  // A loop, since there may be more peers than a call takes arguments.
  let [left, right, top, bottom] = [-LEAST_EXTENT, LEAST_EXTENT, -LEAST_EXTENT, LEAST_EXTENT];
  for (const { x, y } of placed.cluster === null ? placed.peers : [...placed.peers, placed.cluster]) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  // An open cluster is far to one side; then the picture, and not this machine, is in the middle.
  if (placed.cluster?.open !== true) {
    right = Math.max(right, -left);
    left = -right;
    bottom = Math.max(bottom, -top);
    top = -bottom;
  }
  const scale = Math.max(
    SCALES.least,
    Math.min(1.35, (2 * room.x) / (right - left), (2 * room.y) / (bottom - top)),
  );
  view = {
    scale,
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
  tree ??= quadtree(
    [...placed.peers],
    ({ x }) => x,
    ({ y }) => y,
  );
  const found = tree.find(
    (point.x - view.x) / view.scale,
    (point.y - view.y) / view.scale,
    (PEER_RADIUS + 8) / view.scale,
  );
  if (found !== undefined) return found.id;
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
