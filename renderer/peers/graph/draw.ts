/** Draws the graph on a 2D canvas. Knows nothing of time but what it is told. */
import type { Path } from '../../../shared/peers.ts';
import type { Colours } from '../../look/use-colours.ts';
import type { Placed, PlacedPeer } from './layout.ts';
import { BANDS } from './placement.ts';
import { CLUSTER, type Point } from './protocol.ts';

export interface View {
  /** Of the graph's origin, in CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Dash {
  readonly peerId: string;
  readonly direction: 'in' | 'out';
  /** 0 at the start of its way, 1 at the end. */
  readonly progress: number;
}

export interface Scene {
  readonly placed: Placed;
  readonly view: View;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly colours: Colours;
  readonly selected: string | null;
  readonly hovered: string | null;
  readonly dashes: readonly Dash[];
}

type Context = OffscreenCanvasRenderingContext2D;

export const PEER_RADIUS = 9;
export const CLUSTER_RADIUS = 26;
const ME_RADIUS = 17;
/** Above this many, strangers who want nothing are drawn together: a few long paths instead of many short ones. */
const CROWD = 200;
/** Above this many their lines say nothing any more; only the points are drawn. */
const CROWD_WITH_LINES = 2000;
const LABELS_FROM_SCALE = 0.62;
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const SMALL = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

const lines: Record<Path, { width: number; dash: number[]; cap: CanvasLineCap; letter: string }> = {
  lan: { width: 1.2, dash: [], cap: 'butt', letter: 'L' },
  direct: { width: 3, dash: [], cap: 'butt', letter: 'D' },
  punched: { width: 3, dash: [9, 4], cap: 'butt', letter: 'P' },
  relayed: { width: 1.6, dash: [4, 4], cap: 'butt', letter: 'R' },
  legacy: { width: 2.2, dash: [0.1, 5], cap: 'round', letter: 'O' },
};

/** The width of what is left out of a line over WebSocket, so that it is seen as two. */
const HOLLOW = 2.4;

export const toScreen = (view: View, { x, y }: Point): Point => ({
  x: view.x + x * view.scale,
  y: view.y + y * view.scale,
});

export function draw(context: Context, scene: Scene): void {
  const { width, height, ratio, colours, placed } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  drawRings(context, scene);
  const crowd = placed.peers.length > CROWD ? drawCrowd(context, scene) : null;
  const single = crowd ?? placed.peers;
  for (const peer of single) drawLine(context, scene, peer);
  for (const dash of scene.dashes) drawDash(context, scene, dash);
  if (placed.cluster !== null) drawCluster(context, scene, placed.cluster);
  for (const peer of single) drawPeer(context, scene, peer);
  drawMe(context, scene);
  drawLabels(context, scene);
}

function drawRings(context: Context, { view, colours }: Scene): void {
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.setLineDash([]);
  for (const trust of ['trusted', 'known', 'unknown'] as const) {
    const [, outer] = BANDS[trust];
    context.beginPath();
    context.arc(view.x, view.y, (outer + 15) * view.scale, 0, 2 * Math.PI);
    context.stroke();
  }
  context.font = SMALL;
  context.fillStyle = colours.dim;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  if (view.scale < LABELS_FROM_SCALE) return;
  for (const trust of ['trusted', 'known', 'unknown'] as const) {
    const y = view.y - (BANDS[trust][1] + 15) * view.scale;
    const half = context.measureText(trust).width / 2 + 5;
    context.fillStyle = colours.ground;
    context.fillRect(view.x - half, y - 7, 2 * half, 14);
    context.fillStyle = colours.dim;
    context.fillText(trust, view.x, y);
  }
}

/** Draws the unknown peers who want nothing; returns the others, who are drawn one by one. */
function drawCrowd(context: Context, scene: Scene): readonly PlacedPeer[] {
  const { view, colours, placed, selected, hovered, width, height } = scene;
  const single: PlacedPeer[] = [];
  const crowd: (Point & { readonly linked: boolean })[] = [];
  for (const peer of placed.peers) {
    if (peer.trust !== 'unknown' || peer.waits || peer.id === selected || peer.id === hovered) {
      single.push(peer);
      continue;
    }
    const { x, y } = toScreen(view, peer);
    if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
    crowd.push({ x, y, linked: peer.path !== null });
  }
  context.lineWidth = 1;
  if (crowd.length <= CROWD_WITH_LINES) {
    context.strokeStyle = colours.line;
    context.beginPath();
    for (const { x, y, linked } of crowd) {
      if (!linked) continue;
      context.moveTo(view.x, view.y);
      context.lineTo(x, y);
    }
    context.stroke();
  }
  const radius = 6 * Math.max(0.3, Math.min(1.2, view.scale));
  context.fillStyle = radius < 3 ? colours['strong-line'] : colours.surface;
  context.strokeStyle = colours['strong-line'];
  context.beginPath();
  for (const { x, y } of crowd) {
    if (radius < 3) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
    else {
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }
  context.fill();
  if (radius >= 3) context.stroke();
  return single;
}

function drawLine(context: Context, { view, colours, selected, hovered }: Scene, peer: PlacedPeer): void {
  if (peer.path === null) return;
  const style = lines[peer.path];
  const end = toScreen(view, peer);
  const marked = peer.id === selected || peer.id === hovered;
  context.strokeStyle = peer.id === selected ? colours.accent : colours['strong-line'];
  // A crowd of strangers stays in the background until one of them is looked at.
  context.globalAlpha = peer.trust === 'unknown' && !marked && !peer.waits ? 0.3 : 1;
  context.lineWidth = style.width;
  context.lineCap = style.cap;
  context.setLineDash(style.dash);
  const hollow = peer.webSocket && peer.path !== 'legacy';
  if (hollow) context.lineWidth = style.width + HOLLOW;
  const stroke = (): void => {
    context.beginPath();
    context.moveTo(view.x, view.y);
    context.lineTo(end.x, end.y);
    context.stroke();
  };
  stroke();
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineCap = 'butt';
  if (hollow) {
    context.strokeStyle = colours.ground;
    context.lineWidth = HOLLOW;
    stroke();
  }
  if (!marked) return;
  const middle = { x: (view.x + end.x) / 2, y: (view.y + end.y) / 2 };
  context.fillStyle = colours.surface;
  context.strokeStyle = peer.id === selected ? colours.accent : colours['strong-line'];
  context.lineWidth = 1.2;
  context.beginPath();
  context.arc(middle.x, middle.y, hollow ? 12 : 9, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  context.fillStyle = colours.text;
  context.font = SMALL;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(hollow ? `${style.letter}·W` : style.letter, middle.x, middle.y + 0.5);
}

function drawDash(context: Context, { view, placed, colours }: Scene, dash: Dash): void {
  const peer = placed.peers.find(({ id }) => id === dash.peerId);
  if (peer === undefined || peer.path === null) return;
  const end = toScreen(view, peer);
  const length = Math.hypot(end.x - view.x, end.y - view.y);
  if (length < 1) return;
  const along = dash.direction === 'out' ? dash.progress : 1 - dash.progress;
  const half = 6 / length;
  const from = Math.max(0, along - half);
  const to = Math.min(1, along + half);
  context.strokeStyle = colours.accent;
  context.lineWidth = 4;
  context.lineCap = 'round';
  context.beginPath();
  context.moveTo(view.x + (end.x - view.x) * from, view.y + (end.y - view.y) * from);
  context.lineTo(view.x + (end.x - view.x) * to, view.y + (end.y - view.y) * to);
  context.stroke();
  context.lineCap = 'butt';
}

function drawPeer(context: Context, scene: Scene, peer: PlacedPeer): void {
  const { view, colours, selected, hovered } = scene;
  const { x, y } = toScreen(view, peer);
  if (x < -40 || y < -40 || x > scene.width + 40 || y > scene.height + 40) return;
  const radius = (peer.trust === 'unknown' ? 6 : PEER_RADIUS) * Math.max(0.55, Math.min(1.2, view.scale));
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = peer.trust === 'trusted' && peer.path !== null ? colours.dim : colours.surface;
  context.fill();
  context.strokeStyle = peer.path === null ? colours['strong-line'] : colours.dim;
  context.lineWidth = peer.trust === 'unknown' ? 1.2 : 2;
  context.setLineDash(peer.path === null ? [3, 3] : []);
  context.stroke();
  context.setLineDash([]);
  if (peer.trust === 'blocked') {
    const arm = radius * 0.5;
    context.strokeStyle = colours.bad;
    context.beginPath();
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
    context.stroke();
  }
  if (peer.waits) ring(context, x, y, radius + 4, colours['wait-line'], 2.5);
  if (peer.id === selected) ring(context, x, y, radius + (peer.waits ? 8 : 4), colours.accent, 2.5);
  else if (peer.id === hovered)
    ring(context, x, y, radius + (peer.waits ? 8 : 4), colours['strong-line'], 1.5);
}

function ring(context: Context, x: number, y: number, radius: number, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

function drawCluster(
  context: Context,
  { view, colours, hovered }: Scene,
  cluster: Point & { count: number; open: boolean },
): void {
  if (cluster.open) return;
  const { x, y } = toScreen(view, cluster);
  context.fillStyle = colours.surface;
  context.strokeStyle = hovered === CLUSTER ? colours.dim : colours['strong-line'];
  context.lineWidth = 1.5;
  context.setLineDash([3, 4]);
  context.beginPath();
  context.arc(x, y, CLUSTER_RADIUS, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  context.setLineDash([]);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = colours.dim;
  context.font = `600 ${FONT}`;
  context.fillText(cluster.count.toString(), x, y + 0.5);
  context.font = SMALL;
  context.fillText('unknown', x, y + CLUSTER_RADIUS + 10);
}

function drawMe(context: Context, { view, colours }: Scene): void {
  const { x, y } = view;
  context.fillStyle = colours.accent;
  context.beginPath();
  context.roundRect(x - ME_RADIUS, y - ME_RADIUS, 2 * ME_RADIUS, 2 * ME_RADIUS, 6);
  context.fill();
  context.strokeStyle = colours['on-accent'];
  context.lineWidth = 2.2;
  context.beginPath();
  context.moveTo(x - 8, y + 8);
  context.lineTo(x - 8, y - 1);
  context.arc(x, y - 1, 8, Math.PI, 0);
  context.lineTo(x + 8, y + 8);
  context.moveTo(x, y - 9);
  context.lineTo(x, y + 8);
  context.moveTo(x - 8, y + 3);
  context.lineTo(x + 8, y + 3);
  context.stroke();
}

/** Names last and never over another; the selected and hovered ones first. */
function drawLabels(context: Context, scene: Scene): void {
  const { view, colours, selected, hovered, placed } = scene;
  const far = view.scale < LABELS_FROM_SCALE;
  const rank = (peer: PlacedPeer): number =>
    peer.id === selected ? 0 : peer.id === hovered ? 1 : peer.waits ? 2 : peer.trust === 'trusted' ? 3 : 4;
  const taken: { x: number; y: number; half: number }[] = [{ x: view.x, y: view.y, half: ME_RADIUS + 6 }];
  if (view.scale >= LABELS_FROM_SCALE) {
    for (const trust of ['trusted', 'known', 'unknown'] as const) {
      taken.push({ x: view.x, y: view.y - (BANDS[trust][1] + 15) * view.scale - 7, half: 30 });
    }
  }
  context.font = FONT;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.lineJoin = 'round';
  const named = placed.peers.filter((peer) => rank(peer) < 3 || (!far && peer.trust !== 'unknown'));
  for (const peer of named.toSorted((a, b) => rank(a) - rank(b))) {
    const first = rank(peer) < 3;
    const at = toScreen(view, peer);
    const y = at.y + PEER_RADIUS + 7;
    if (at.x < -80 || y < -20 || at.x > scene.width + 80 || y > scene.height) continue;
    const half = context.measureText(peer.label).width / 2 + 4;
    const hits = taken.some((box) => Math.abs(box.y - y) < 15 && Math.abs(box.x - at.x) < box.half + half);
    if (hits && !first) continue;
    taken.push({ x: at.x, y, half });
    context.strokeStyle = colours.ground;
    context.lineWidth = 4;
    context.strokeText(peer.label, at.x, y);
    context.fillStyle = peer.trust === 'unknown' || peer.path === null ? colours.dim : colours.text;
    context.fillText(peer.label, at.x, y);
  }
}
