import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyStore, IdentityError, openIdentity } from '../../../../../main/host/identity/index.ts';
import type { KeyStore } from '../../../../../main/host/identity/index.ts';
import { didFromPublicKey, didOfPeerId } from '../../../../../main/host/identity/did.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-identity-'));
  path = join(folder, 'deep', 'key');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof IdentityError ? error.code : error),
  );

describe('did:key', () => {
  // The Ed25519 vectors of the did:key specification.
  it('spells the vectors of the specification', () => {
    const key = Buffer.from('3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29', 'hex');
    expect(didFromPublicKey(key)).toBe('did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp');
  });

  it('is the same from the peer id as from the key', async () => {
    const identity = await openIdentity(createFileKeyStore(path));
    expect(didOfPeerId(identity.peerId)).toBe(identity.did);
    expect(didFromPublicKey(Buffer.from(identity.dawnNodeId, 'hex'))).toBe(identity.did);
  });
});

describe('an identity in a file', () => {
  it('is made at first start, in a file that only its owner can read, and is the same at the next', async () => {
    const first = await openIdentity(createFileKeyStore(path));
    const second = await openIdentity(createFileKeyStore(path));
    expect(second.peerId).toBe(first.peerId);
    expect(first.peerId).toMatch(/^12D3Koo/);
    expect(first.dawnNodeId).toMatch(/^[0-9a-f]{64}$/);
    expect(first.keyKeptBy).toBe('file');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['an empty file', ''],
    ['a file of something else', 'hello\n'],
    ['a file that was cut', 'gatehouse-key-1 CAESQ'],
    ['a large file', 'x'.repeat(10_000)],
  ])('stops at %s, says what to do and leaves it as it is', async (_, content) => {
    const damaged = join(folder, 'key');
    await writeFile(damaged, content, { mode: 0o600 });
    const opening = openIdentity(createFileKeyStore(damaged));
    await expect(opening).rejects.toThrow(/Restore it from a backup, or move it away/);
    await expect(opening).rejects.toThrow(damaged);
    expect(await codeOf(opening)).toBe('DAMAGED');
    expect(await readFile(damaged, 'utf8')).toBe(content);
  });

  it('stops at a key whose halves do not belong together', async () => {
    const [one, other] = await Promise.all([generateKeyPair('Ed25519'), generateKeyPair('Ed25519')]);
    const protobuf = privateKeyToProtobuf(one);
    protobuf.set(other.publicKey.raw, protobuf.length - 32);
    const store: KeyStore = { kind: 'os', load: async () => protobuf, create: async () => undefined };
    expect(await codeOf(openIdentity(store))).toBe('DAMAGED');
  });

  it.skipIf(process.platform === 'win32')(
    'refuses a file that others can read, and says the command',
    async () => {
      await openIdentity(createFileKeyStore(path));
      await chmod(path, 0o640);
      const opening = openIdentity(createFileKeyStore(path));
      await expect(opening).rejects.toThrow(`chmod 600 ${path}`);
      expect(await codeOf(opening)).toBe('UNREADABLE');
    },
  );

  it('refuses a folder in place of the file', async () => {
    expect(await codeOf(openIdentity(createFileKeyStore(folder)))).toBe('UNREADABLE');
  });

  it('never overwrites a key, even when two hosts start at once', async () => {
    const key = (): Promise<Uint8Array> => generateKeyPair('Ed25519').then(privateKeyToProtobuf);
    const store = createFileKeyStore(path);
    const [one, other] = await Promise.all([key(), key()]);
    const results = await Promise.all([codeOf(store.create(one)), codeOf(store.create(other))]);
    expect(results.toSorted()).toEqual(['EXISTS', 'no error']);
    const kept = await store.load();
    expect(kept === null ? null : Buffer.from(kept)).toEqual(
      Buffer.from(results[0] === 'no error' ? one : other),
    );
  });

  it('says so when the key cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const store = createFileKeyStore(join(folder, 'file', 'key'));
    expect(await codeOf(store.create(new Uint8Array(64)))).toBe('UNWRITABLE');
    expect(await codeOf(openIdentity(store))).toBe('UNREADABLE');
  });
});
