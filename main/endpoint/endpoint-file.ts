import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PeerId } from '../../shared/ids.ts';

/** Where the running host of a data directory is, and the secret that opens it. */
export const Endpoint = z.strictObject({
  /** Without any secret; always on this machine. */
  url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }),
  token: z.string().regex(/^[\w-]{20,200}$/),
  pid: z.int().positive(),
  peerId: PeerId,
  /** Whether a browser finds the interface there; the desktop app has a window for it. */
  pages: z.boolean(),
});
export type Endpoint = z.infer<typeof Endpoint>;

const fileIn = (dataDir: string): string => join(dataDir, 'endpoint.json');

/** Writes the file, readable by its owner only, in one step: nobody ever sees half of it. */
export async function writeEndpoint(dataDir: string, endpoint: Endpoint): Promise<void> {
  const temporary = `${fileIn(dataDir)}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(endpoint)}\n`);
    } finally {
      await file.close();
    }
    await rename(temporary, fileIn(dataDir));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What the file says; null where there is none, `damaged` where it says nothing usable. */
export async function readEndpoint(dataDir: string): Promise<Endpoint | 'damaged' | null> {
  let text: string;
  try {
    text = await readFile(fileIn(dataDir), 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing) return null;
    throw error;
  }
  try {
    return Endpoint.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}

/** Removes the file where it is still ours; a host that started meanwhile keeps its own. */
export async function removeEndpoint(dataDir: string, ours: Endpoint): Promise<void> {
  const there = await readEndpoint(dataDir);
  if (there !== null && there !== 'damaged' && there.token === ours.token) {
    await rm(fileIn(dataDir), { force: true });
  }
}
