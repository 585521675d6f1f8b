import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { visible } from '../names.ts';
import { refused } from './refusal.ts';

/** The folder itself, and the folders in its folders. */
const MAX_DEPTH = 3;
const MAX_ENTRIES = 2000;
const MAX_FILES = 64;
const MAX_BYTES = 1024 * 1024;
/** Other people's code, and there is plenty of it. */
const NOT_ENTERED = new Set(['node_modules', '__pycache__', 'venv', 'env', 'site-packages', 'logs', 'tests']);

export type FileKind = 'key' | 'maybe-key' | 'bootstrap' | 'trust' | 'config';

/** One file that may matter. */
export interface DawnFile {
  /** Within the folder, made visible. */
  readonly name: string;
  readonly kind: FileKind;
  readonly bytes: Buffer;
}

export interface DawnFolder {
  /** Its real path. */
  readonly path: string;
  readonly files: readonly DawnFile[];
  /** What was passed over, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads what may matter of a Dawn node's folder, and nothing outside it: links are never followed. Where a file that
 * matters is a link, no plain file or over 1 MiB, nothing is imported at all.
 * @throws {CliError}
 */
export async function readDawnFolder(dir: string): Promise<DawnFolder> {
  const path = await realpath(dir);
  const found: { full: string; kind: FileKind }[] = [];
  const notes: string[] = [];
  let entries = 0;
  const walk = async (folder: string, depth: number): Promise<void> => {
    const inside = await readdir(folder, { withFileTypes: true });
    entries += inside.length;
    if (entries > MAX_ENTRIES) throw tooMuch(path);
    for (const entry of inside.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const full = join(folder, entry.name);
      const kind = kindOf(entry.name);
      if (entry.isDirectory()) {
        const isEntered = !entry.name.startsWith('.') && !NOT_ENTERED.has(entry.name);
        if (isEntered && depth < MAX_DEPTH) await walk(full, depth + 1);
      } else if (kind !== null) {
        refuseOdd(entry, nameIn(path, full));
        found.push({ full, kind });
      } else if (entry.isSymbolicLink()) {
        notes.push(`${nameIn(path, full)} is a link, and was not followed.`);
      }
    }
  };
  await walk(path, 1);
  if (found.length > MAX_FILES) throw tooMuch(path);
  const files: DawnFile[] = [];
  for (const { full, kind } of found) {
    const name = nameIn(path, full);
    files.push({ name, kind, bytes: await readPlainFile(full, path, name) });
  }
  return { path, files, notes: notes.slice(0, 20) };
}

const nameIn = (root: string, full: string): string => visible(relative(root, full), 200);

const tooMuch = (path: string): Error =>
  refused(
    `${visible(path, 200)} holds too much. Give the folder that holds the key, the bootstrap list and trust.json of one Dawn node.`,
  );

/** What a file may be, by its name. */
function kindOf(fileName: string): FileKind | null {
  const name = basename(fileName).toLowerCase();
  if (name === 'trust.json') return 'trust';
  if (/^bootstrap([._-][\w.-]*)?$/.test(name)) return 'bootstrap';
  if (/^(config|node|settings|node[_-]config|dawn)\.json$/.test(name)) return 'config';
  if (/public|\.pub$|x25519|cert|\.bak$|~$/.test(name)) return null;
  const isKeyLike =
    /\.(key|pem)$/.test(name) || (/\.(hex|json|txt|bin)$|^[^.]*$/.test(name) && isOfIdentity(name));
  if (!isKeyLike) return null;
  return isOfIdentity(name) ? 'key' : 'maybe-key';
}

const isOfIdentity = (name: string): boolean =>
  /^(node|identity|ed25519|seed)(?![a-z])|(identity|private|signing|secret|node)[_-]?key|node[_-]identity/.test(
    name,
  );

function refuseOdd(entry: Dirent, name: string): void {
  if (entry.isSymbolicLink())
    throw refused(`${name} is a link. Links are not followed: put the file itself into the folder.`);
  if (!entry.isFile()) throw notPlain(name);
}

const notPlain = (name: string): Error =>
  refused(`${name} is no plain file. Take it out of the folder, or put the file itself there.`);

async function readPlainFile(full: string, root: string, name: string): Promise<Buffer> {
  // Nothing that appeared since then: no link, and nothing that would make us wait.
  const handle = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const real = await realpath(full);
    if (real !== full || !real.startsWith(root + sep)) throw notPlain(name);
    const stats = await handle.stat();
    if (!stats.isFile()) throw notPlain(name);
    if (stats.size > MAX_BYTES) throw tooLarge(name);
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_BYTES) throw tooLarge(name);
    return Buffer.from(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

const tooLarge = (name: string): Error =>
  refused(`${name} is larger than 1 MiB, which nothing of a Dawn node is.`);
