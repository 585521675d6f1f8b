import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file that starts this program: `index.ts` among the sources, `index.js` where they have been built. */
export function programFile(): string {
  const built = join(import.meta.dirname, 'index.js');
  return existsSync(built) ? built : join(import.meta.dirname, 'index.ts');
}
