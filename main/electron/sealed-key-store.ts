import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { safeStorage } from 'electron';
import { z } from 'zod';
import { createFileKeyStore, IdentityError, type KeyStore } from '../host/identity/index.ts';

/** One line: this word and, in base64, the key as the operating system encrypted it. */
const MARK = 'gatehouse-sealed-key-1';
const SealedLine = z.string().regex(/^gatehouse-sealed-key-1 [A-Za-z0-9+/]+={0,2}\n$/);
/** What is sealed: the key as a libp2p protobuf, in base64, since the system takes text only. */
const Unsealed = z.base64().min(1);

/**
 * Keeps the key encrypted by the operating system: Keychain, DPAPI, or the keyring of a Linux desktop. Where
 * the system offers none, the key goes into a file of mode 0600 instead, and `kind` says `plain`, which the
 * interface tells the person. A file that is there already stays as it is, and is read as what it is.
 *
 * Call it once the app is ready.
 */
export async function createSealedKeyStore(path: string): Promise<KeyStore> {
  const canSeal = await systemSeals();
  const plain = createFileKeyStore(path);
  const text = await readFile(path, 'latin1').catch(() => null);
  const isSealed = text?.startsWith(MARK) === true;
  if (isSealed || (text === null && canSeal)) {
    return { kind: 'os', place: path, load: () => load(path), create: (key) => create(path, key) };
  }
  return { ...plain, kind: canSeal ? 'file' : 'plain' };
}

/** `basic_text` is encryption with a password that everybody knows. */
async function systemSeals(): Promise<boolean> {
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return false;
  return safeStorage.isAsyncEncryptionAvailable();
}

async function load(path: string): Promise<Uint8Array | null> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw unreadable(path, cause);
  }
  const line = SealedLine.safeParse(text);
  if (!line.success) throw damaged(path, line.error);
  const sealed = Buffer.from(line.data.slice(MARK.length + 1), 'base64');
  try {
    return await unseal(sealed);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function create(path: string, key: Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const sealed = await safeStorage.encryptStringAsync(Buffer.from(key).toString('base64'));
    // A key that cannot be read back is worse than none.
    if (!Buffer.from(key).equals(await unseal(sealed)))
      throw new Error('The sealed key reads back as another one.');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeDurably(draft, `${MARK} ${sealed.toString('base64')}\n`);
    try {
      // Refuses a name that is taken, so that nothing is overwritten.
      await link(draft, path);
    } finally {
      await unlink(draft);
    }
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw new IdentityError('EXISTS', `There is a key in ${path} already, and it is never overwritten.`, {
        cause,
      });
    }
    throw new IdentityError(
      'UNWRITABLE',
      `The key could not be kept in ${path}. Check that the folder can be written to and that your keyring is unlocked.`,
      { cause },
    );
  }
}

/** What else the system says with it, that the file should be sealed anew, is not followed: it is written once. */
async function unseal(sealed: Buffer): Promise<Uint8Array> {
  const { result } = await safeStorage.decryptStringAsync(sealed);
  return Buffer.from(Unsealed.parse(result), 'base64');
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

const unreadable = (path: string, cause: unknown): IdentityError =>
  new IdentityError(
    'UNREADABLE',
    `The key in ${path} cannot be decrypted on this account. Unlock your keyring and start again, restore the ` +
      'file and the keyring from a backup, or move the file away to start as a new peer that nobody knows.',
    { cause },
  );

const damaged = (path: string, cause: unknown): IdentityError =>
  new IdentityError(
    'DAMAGED',
    `The key in ${path} is damaged. Restore it from a backup, or move it away to start as a new peer that nobody knows.`,
    { cause },
  );

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
