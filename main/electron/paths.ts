import { join } from 'node:path';
import { app } from 'electron';

/** Where the built parts and the pictures are, in a checkout and in an installed copy alike. */
export interface Paths {
  readonly rendererDir: string;
  readonly preload: string;
  readonly assetsDir: string;
}

export function findPaths(): Paths {
  const root = app.getAppPath();
  return {
    rendererDir: join(root, 'out', 'renderer'),
    preload: join(root, 'out', 'preload', 'index.cjs'),
    assetsDir: join(root, 'assets'),
  };
}
