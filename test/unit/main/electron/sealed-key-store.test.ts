import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSealedKeyStore } from '../../../../main/electron/sealed-key-store.ts';
import { createFileKeyStore, openIdentity } from '../../../../main/host/identity/index.ts';
import { resetElectron, safeStorage } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));

const KEY = Buffer.from('a key as a libp2p protobuf, thirty-odd bytes');

let folder: string;
let path: string;
beforeEach(async () => {
  resetElectron();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-key-'));
  path = join(folder, 'identity.key');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key in the keeping of the operating system', () => {
  it('is not there at first', async () => {
    const store = await createSealedKeyStore(path);
    expect(store.kind).toBe('os');
    expect(await store.load()).toBeNull();
  });

  it('comes back, and lies in the file only as the system encrypted it', async () => {
    await (await createSealedKeyStore(path)).create(KEY);
    const text = await readFile(path, 'latin1');
    expect(text).not.toContain(KEY.toString('base64').slice(0, 20));
    expect(text).not.toContain(KEY.toString('latin1').slice(0, 10));
    const store = await createSealedKeyStore(path);
    expect(store.kind).toBe('os');
    expect(await store.load()).toEqual(KEY);
    expect(await readdir(folder)).toEqual(['identity.key']);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is the key of a whole identity', async () => {
    const first = await openIdentity(await createSealedKeyStore(path));
    const second = await openIdentity(await createSealedKeyStore(path));
    expect(second.peerId).toBe(first.peerId);
    expect(second.keyKeptBy).toBe('os');
  });

  it('is never overwritten', async () => {
    const one = await createSealedKeyStore(path);
    const other = await createSealedKeyStore(path);
    await one.create(KEY);
    await expect(other.create(Buffer.from('another'))).rejects.toMatchObject({ code: 'EXISTS' });
    expect(await one.load()).toEqual(KEY);
    expect(await readdir(folder)).toEqual(['identity.key']);
  });

  it('stops the start where the keyring is gone, and stays as it is', async () => {
    const store = await createSealedKeyStore(path);
    await store.create(KEY);
    const before = await readFile(path);
    safeStorage.loseKeyring();
    await expect(store.load()).rejects.toMatchObject({
      code: 'UNREADABLE',
      message: expect.stringContaining('cannot be decrypted') as string,
    });
    await expect(openIdentity(store)).rejects.toMatchObject({ code: 'UNREADABLE' });
    expect(await readFile(path)).toEqual(before);
  });

  it('stops the start where the system offers no keyring any more', async () => {
    await (await createSealedKeyStore(path)).create(KEY);
    safeStorage.available = false;
    safeStorage.loseKeyring();
    const store = await createSealedKeyStore(path);
    expect(store.kind).toBe('os');
    await expect(store.load()).rejects.toMatchObject({ code: 'UNREADABLE' });
  });

  it.each([
    'gatehouse-sealed-key-1',
    'gatehouse-sealed-key-1 \n',
    'gatehouse-sealed-key-1 abc',
    'gatehouse-sealed-key-1 €\n',
  ])('is damaged where the file says %j', async (text) => {
    await writeFile(path, text, { mode: 0o600 });
    const store = await createSealedKeyStore(path);
    await expect(store.load()).rejects.toMatchObject({ code: 'DAMAGED' });
    await expect(store.create(KEY)).rejects.toMatchObject({ code: 'EXISTS' });
  });

  it('is not written where it would not come back', async () => {
    const store = await createSealedKeyStore(path);
    safeStorage.decryptStringAsync = () => Promise.resolve({ shouldReEncrypt: false, result: 'b3RoZXI=' });
    await expect(store.create(KEY)).rejects.toMatchObject({ code: 'UNWRITABLE' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('where the system keeps no secrets', () => {
  it.each(['unavailable', 'basic_text'])(
    '(%s) the key is in a plain file, and the kind says so',
    async (why) => {
      if (why === 'unavailable') safeStorage.available = false;
      else if (process.platform === 'linux') safeStorage.backend = 'basic_text';
      else return;
      const store = await createSealedKeyStore(path);
      expect(store.kind).toBe('plain');
      await store.create(KEY);
      expect(await (await createSealedKeyStore(path)).load()).toEqual(KEY);
      expect((await openIdentity(await createSealedKeyStore(join(folder, 'other.key')))).keyKeptBy).toBe(
        'plain',
      );
    },
  );
});

describe('the key of a headless host', () => {
  it('is read as the file it is, and stays one', async () => {
    await createFileKeyStore(path).create(KEY);
    const before = await readFile(path);
    const store = await createSealedKeyStore(path);
    expect(store.kind).toBe('file');
    expect(await store.load()).toEqual(KEY);
    expect(await readFile(path)).toEqual(before);
  });

  it('is not made anew by a headless host where ours is sealed', async () => {
    await (await createSealedKeyStore(path)).create(KEY);
    await expect(openIdentity(createFileKeyStore(path))).rejects.toMatchObject({ code: 'DAMAGED' });
  });
});
