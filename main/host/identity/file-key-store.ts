import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { damagedKey } from './identity.ts';
import { IdentityError } from './identity-error.ts';
import type { KeyStore } from './index.ts';

/** One line: this word and the key in base64. */
const MARK = 'gatehouse-key-1';
const KeyLine = z.string().regex(/^gatehouse-key-1 [A-Za-z0-9+/]+={0,2}\n?$/);

/** No key of ours is longer; a larger file is something else. */
const MAX_FILE_BYTES = 4096;

/** Keeps the key in a file of mode 0600, in base64. The file is written once and never changed. */
export function createFileKeyStore(path: string): KeyStore {
  return { kind: 'file', place: path, load: () => load(path), create: (key) => create(path, key) };
}

async function load(path: string): Promise<Uint8Array | null> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw unreadable(path, cause);
  }
  try {
    const { mode, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw unreadable(path);
    // Windows has no such modes; there the user's profile folder protects the file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new IdentityError(
        'UNREADABLE',
        `Others on this machine can read the key in ${path}. Run "chmod 600 ${path}", then start again.`,
      );
    }
    if (size > MAX_FILE_BYTES) throw damagedKey(path);
    const line = KeyLine.safeParse(await file.readFile('latin1'));
    if (!line.success) throw damagedKey(path, line.error);
    return Buffer.from(line.data.slice(MARK.length + 1), 'base64');
  } catch (cause) {
    throw cause instanceof IdentityError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/**
 * The key is complete under another name before it gets its own, so a crash leaves either a whole key or none;
 * `link` refuses a name that is taken, so nothing is overwritten even when two hosts start at once.
 */
async function create(path: string, key: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeDurably(draft, `${MARK} ${Buffer.from(key).toString('base64')}\n`);
    try {
      await link(draft, path).catch((cause: unknown) => {
        throw codeOf(cause) === 'EEXIST' ? alreadyThere(path, cause) : cause;
      });
    } finally {
      await unlink(draft);
    }
    await syncFolder(folder);
  } catch (cause) {
    if (cause instanceof IdentityError) throw cause;
    throw new IdentityError(
      'UNWRITABLE',
      `The key could not be written to ${path}. Check that the folder exists, can be written to and has space left.`,
      { cause },
    );
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text, 'latin1');
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file, and needs no such sync.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const unreadable = (path: string, cause?: unknown): IdentityError =>
  new IdentityError(
    'UNREADABLE',
    `The key in ${path} cannot be read. Give your user the right to read it, restore it from a backup, or move it ` +
      'away to start as a new peer.',
    { cause },
  );

const alreadyThere = (path: string, cause: unknown): IdentityError =>
  new IdentityError('EXISTS', `There is a key in ${path} already, and it is never overwritten.`, { cause });

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
