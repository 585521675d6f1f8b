/** The page's end of the graph: a canvas handed to a worker, and messages both ways. */
import { z } from 'zod';
import type { FromWorker, Point, ToWorker } from './protocol.ts';

export interface Graph {
  send(message: ToWorker): void;
  stop(): void;
}

const KEPT_IN = 'gatehouse.graph';
const MAX_KEPT = 5000;
const Kept = z.record(z.string(), z.object({ x: z.number(), y: z.number() }));

export function startGraph(holder: HTMLElement, onMessage: (message: FromWorker) => void): Graph {
  // A canvas can be handed over once only, so each start makes its own.
  const canvas = document.createElement('canvas');
  canvas.className = 'absolute inset-0 size-full';
  canvas.setAttribute('aria-hidden', 'true');
  holder.append(canvas);
  const worker = new Worker(new URL('./graph.worker.ts', import.meta.url), { type: 'module' });
  const send = (message: ToWorker, transfer: Transferable[] = []): void =>
    worker.postMessage(message, transfer);

  worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
    if (event.data.type === 'placed') keep(event.data.positions);
    onMessage(event.data);
  });
  const offscreen = canvas.transferControlToOffscreen();
  send({ type: 'start', canvas: offscreen, positions: kept() }, [offscreen]);

  const measure = (): void =>
    send({
      type: 'size',
      width: holder.clientWidth,
      height: holder.clientHeight,
      ratio: Math.min(3, window.devicePixelRatio),
    });
  const observer = new ResizeObserver(measure);
  observer.observe(holder);
  // Also called when the window moves to a screen of another density, which resizes nothing.
  window.addEventListener('resize', measure);
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const box = holder.getBoundingClientRect();
    const factor = Math.exp(-Math.max(-120, Math.min(120, event.deltaY)) * 0.002);
    send({ type: 'zoom', at: { x: event.clientX - box.x, y: event.clientY - box.y }, factor });
  };
  holder.addEventListener('wheel', onWheel, { passive: false });

  return {
    send,
    stop() {
      observer.disconnect();
      window.removeEventListener('resize', measure);
      holder.removeEventListener('wheel', onWheel);
      worker.terminate();
      canvas.remove();
    },
  };
}

/** Where each peer stood last time. A missing or damaged note only means a new layout. */
function kept(): Readonly<Record<string, Point>> {
  try {
    return Kept.safeParse(JSON.parse(localStorage.getItem(KEPT_IN) ?? '{}')).data ?? {};
  } catch {
    return {};
  }
}

function keep(positions: Readonly<Record<string, Point>>): void {
  const entries = Object.entries(positions).slice(-MAX_KEPT);
  try {
    localStorage.setItem(KEPT_IN, JSON.stringify(Object.fromEntries(entries)));
  } catch {
    // Full or switched off: the graph works without its memory.
  }
}
