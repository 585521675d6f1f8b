import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const built = 'out/renderer/index.html';
const sources = ['renderer', 'shared', 'vite.config.ts', 'package-lock.json'];

async function newestIn(path: string): Promise<number> {
  const facts = await stat(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  const inside = await readdir(path);
  const times = await Promise.all(inside.map((name) => newestIn(join(path, name))));
  // The folder's own time tells of a file that was removed.
  return Math.max(facts.mtimeMs, ...times);
}

/** Whether `out/renderer` is missing or older than anything it is built from. Paths are those of the repository. */
export async function rendererIsStale(): Promise<boolean> {
  const builtAt = await stat(built).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (builtAt === 0) return true;
  const times = await Promise.all(sources.map(newestIn));
  return Math.max(...times) > builtAt;
}
