import { generateKeyPairSync, sign } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { peerIdOfPublicKey } from '../../../../../main/host/identity/index.ts';
import type { ChainSigner } from '../../../../../main/host/records/chain-signature.ts';
import { ReadRecords } from '../../../../../main/host/records/index.ts';
import { PeerId } from '../../../../../shared/ids.ts';
import type { ChainCheck } from '../../../../../shared/receipts.ts';

export const newSigner = (): ChainSigner => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    peerId: PeerId.parse(peerIdOfPublicKey(raw)),
    sign: (text) => sign(null, Buffer.from(`gatehouse-chain/1\n${text}`), privateKey).toString('base64url'),
  };
};

export const check = async (file: string, signer: string | null): Promise<ChainCheck> => {
  using records = new ReadRecords(file);
  return await records.verify(signer);
};

/** Does something to the file that no host does. */
export function change<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
}
