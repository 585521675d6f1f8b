import { Key } from 'interface-datastore/key';
import { describe, expect, it } from 'vitest';
import { BoundedDatastore } from '../../../../../../main/host/network/node/bounded-datastore.ts';

const KIB = 1024;

/** Which of the entries with these numbers are there. */
const presentOf = async (store: BoundedDatastore, numbers: readonly number[]): Promise<number[]> => {
  const present: number[] = [];
  for (const number of numbers) if (await store.has(new Key(`/${number}`))) present.push(number);
  return present;
};

describe('the datastore of the node', () => {
  it('forgets what was written longest ago, and nothing else', async () => {
    const store = new BoundedDatastore(4 * KIB);
    for (const number of [1, 2, 3]) await store.put(new Key(`/${number}`), new Uint8Array(KIB));
    await store.put(new Key('/1'), new Uint8Array(KIB));
    await store.put(new Key('/4'), new Uint8Array(KIB));
    expect(await presentOf(store, [1, 2, 3, 4])).toEqual([1, 3, 4]);
  });

  it('counts empty entries too, so that many of them do not fill the memory', async () => {
    const store = new BoundedDatastore(4 * KIB);
    for (let number = 0; number < 100; number += 1) await store.put(new Key(`/${number}`), new Uint8Array());
    expect(
      await presentOf(
        store,
        Array.from({ length: 100 }, (_, n) => n),
      ),
    ).toHaveLength(16);
  });

  it('has the room again that a deleted entry took', async () => {
    const store = new BoundedDatastore(4 * KIB);
    for (let number = 0; number < 100; number += 1) {
      await store.put(new Key('/same'), new Uint8Array(3 * KIB));
      await store.delete(new Key('/same'));
    }
    await store.put(new Key('/1'), new Uint8Array(KIB));
    await store.put(new Key('/2'), new Uint8Array(KIB));
    expect(await presentOf(store, [1, 2])).toEqual([1, 2]);
  });

  it('takes nothing that is larger than all it may hold', async () => {
    const store = new BoundedDatastore(4 * KIB);
    await store.put(new Key('/1'), new Uint8Array(5 * KIB));
    expect(await presentOf(store, [1])).toEqual([]);
  });
});
