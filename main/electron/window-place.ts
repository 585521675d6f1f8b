import type { Rectangle } from 'electron';

export const SMALLEST_WIDTH = 420;
export const SMALLEST_HEIGHT = 480;
const USUAL = { width: 1200, height: 800 } as const;
/** At least this much of the title bar must be on a screen, so that the window can be moved. */
const GRIP = { width: 120, height: 24 } as const;

/**
 * Where the window opens: where it was, if that place can still be seen, else in the middle.
 * Screens come and go between runs, so the kept bounds are only a wish.
 *
 * @param workAreas of all screens, in the same coordinates
 */
export function placeWindow(
  kept: Rectangle | null,
  workAreas: readonly Rectangle[],
): Partial<Rectangle> & { width: number; height: number } {
  if (kept === null) return USUAL;
  const width = Math.max(kept.width, SMALLEST_WIDTH);
  const height = Math.max(kept.height, SMALLEST_HEIGHT);
  const titleBar = { x: kept.x, y: kept.y, width, height: GRIP.height };
  const canBeMoved = workAreas.some((area) => {
    const seen = overlap(titleBar, area);
    return seen.width >= GRIP.width && seen.height >= GRIP.height;
  });
  return canBeMoved ? { x: kept.x, y: kept.y, width, height } : { width, height };
}

function overlap(a: Rectangle, b: Rectangle): { width: number; height: number } {
  return {
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)),
  };
}
