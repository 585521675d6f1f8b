import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The parts of `out/` that are built when they are needed; what each begins with, and what it is built from. */
const parts = {
  renderer: {
    built: 'out/renderer/index.html',
    sources: ['renderer', 'shared', 'vite.config.ts', 'package-lock.json'],
  },
  headless: {
    built: 'out/headless/index.js',
    sources: [
      'main/headless',
      'main/endpoint',
      'main/demo',
      'main/host',
      'shared',
      'scripts/build.ts',
      'package-lock.json',
    ],
  },
} as const;
type Part = keyof typeof parts;

async function newestIn(path: string): Promise<number> {
  const facts = await stat(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  const inside = await readdir(path);
  const times = await Promise.all(inside.map((name) => newestIn(join(path, name))));
  // The folder's own time tells of a file that was removed.
  return Math.max(facts.mtimeMs, ...times);
}

/** Whether a part is missing or older than anything it is built from. Paths are those of the repository. */
export async function isStale(part: Part): Promise<boolean> {
  const { built, sources } = parts[part];
  const builtAt = await stat(built).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (builtAt === 0) return true;
  const times = await Promise.all(sources.map(newestIn));
  return Math.max(...times) > builtAt;
}

/** Those of the parts that are stale. */
export async function stalePartsOf(names: readonly Part[]): Promise<Part[]> {
  const stale = await Promise.all(names.map(isStale));
  return names.filter((_name, index) => stale[index]);
}
