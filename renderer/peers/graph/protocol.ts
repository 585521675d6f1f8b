/** What the page and the graph's worker say to each other. Both are ours and of one build. */
import type { Path, Trust } from '../../../shared/peers.ts';
import type { Colours } from '../../look/use-colours.ts';

export interface GraphPeer {
  readonly id: string;
  /** Already visible and short. */
  readonly label: string;
  readonly trust: Trust;
  /** The best link's path; null without a link. */
  readonly path: Path | null;
  /** That link runs over WebSocket, and not over libp2p. */
  readonly webSocket: boolean;
  readonly rttMs: number | null;
  readonly agents: number;
  /** Something of this peer waits for the person. */
  readonly waits: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const CLUSTER = 'unknown-peers';

export type ToWorker =
  | {
      readonly type: 'start';
      readonly canvas: OffscreenCanvas;
      readonly positions: Readonly<Record<string, Point>>;
    }
  | { readonly type: 'size'; readonly width: number; readonly height: number; readonly ratio: number }
  | { readonly type: 'colours'; readonly colours: Colours }
  | { readonly type: 'motion'; readonly reduced: boolean }
  | {
      readonly type: 'peers';
      /** New ones and those that changed. */
      readonly changed: readonly GraphPeer[];
      readonly gone: readonly string[];
      readonly unknownOpen: boolean;
    }
  | { readonly type: 'select'; readonly id: string | null }
  | { readonly type: 'call'; readonly peerId: string; readonly direction: 'in' | 'out' }
  | { readonly type: 'hover'; readonly at: Point | null }
  | { readonly type: 'press'; readonly at: Point }
  | { readonly type: 'pan'; readonly by: Point }
  | { readonly type: 'zoom'; readonly at: Point | null; readonly factor: number }
  | { readonly type: 'step'; readonly by: 1 | -1 }
  | { readonly type: 'fit' }
  | { readonly type: 'tidy' };

export type FromWorker =
  | { readonly type: 'picked'; readonly id: string | null }
  | { readonly type: 'hovered'; readonly id: string | null }
  | { readonly type: 'placed'; readonly positions: Readonly<Record<string, Point>> };
