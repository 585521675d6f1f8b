import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the built interface: `out/renderer`, seen from the sources or from `out/headless`. */
export function rendererDir(): string {
  const fromSource = join(import.meta.dirname, '..', '..', 'out', 'renderer');
  const fromOut = join(import.meta.dirname, '..', 'renderer');
  return existsSync(join(fromOut, 'index.html')) && !existsSync(join(fromOut, 'main.tsx'))
    ? fromOut
    : fromSource;
}
