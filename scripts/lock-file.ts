import { z } from 'zod';

const Entry = z.looseObject({
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

/** As much of npm's lock file (version 3) as is read here; the rest is kept. */
const Lock = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), Entry),
});

export type LockPackages = z.infer<typeof Lock>['packages'];

export interface Absent {
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

export const readLock = (text: string): z.infer<typeof Lock> => Lock.parse(JSON.parse(text));

/** Where Node would look for a package, from the innermost folder out. */
function* placesFor(name: string, from: string): Generator<string> {
  let folder = from;
  while (folder !== '') {
    yield `${folder}/node_modules/${name}`;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1));
  }
  yield `node_modules/${name}`;
}

/** Optional dependencies that the lock names but does not describe: `npm ci` would refuse such a lock. */
export function absentOptionals(packages: LockPackages): Absent[] {
  const absent: Absent[] = [];
  for (const [path, { dev, optionalDependencies }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      const found = [...placesFor(name, path)].some((place) => packages[place] !== undefined);
      if (!found) absent.push({ name, version, dev: dev === true });
    }
  }
  return absent;
}
