import type { CallId, PeerId } from '../../../shared/ids.ts';
import { Receipt, ReceiptBody, ReceiptRoot } from '../../../shared/receipts.ts';
import { CallerOfStream } from './caller-receipts.ts';
import { HostOfStream } from './host-receipts.ts';
import type { CallerReceipts, HostReceipts, Receipts, ReceiptsModules, ReceiptStore, Tell } from './index.ts';
import { LateCalls } from './late-calls.ts';
import { LateTrees } from './late-trees.ts';
import { inclusionPath, leafHash } from './merkle-tree.ts';
import { rootSigner } from './root-signature.ts';
import type { Shared } from './shared-by-streams.ts';
import { Troubles } from './troubles.ts';
import { UnsignedTrees } from './unsigned-trees.ts';

/** All streams' receipts, and those that are kept. */
export class ReceiptsRoom implements Receipts {
  readonly #shared: Shared;
  readonly #store: ReceiptStore;
  readonly #open = new Set<{ close(): void }>();

  constructor(modules: ReceiptsModules) {
    this.#store = modules.store;
    const now = modules.now ?? Date.now;
    const troubles = new Troubles(modules);
    this.#shared = {
      ownPeerId: modules.identity.peerId,
      keep: (receipts) => {
        const { peerId, bodies } = receipts;
        return this.#written(peerId, bodies.length, () => modules.store.put(receipts));
      },
      countersign: (peerId, root, signature) => {
        this.#written(peerId, 1, () => modules.store.countersign(root, signature));
      },
      troubles,
      sign: rootSigner(modules.identity),
      now,
      unsigned: new UnsignedTrees(),
      lateTrees: new LateTrees((peerId, calls) => troubles.note(peerId, 'unsigned', calls)),
      lateCalls: new LateCalls(now),
    };
  }

  asHost(peerId: PeerId, tell: Tell | null): HostReceipts {
    const stream = new HostOfStream(peerId, tell, this.#shared, () => this.#open.delete(stream));
    this.#open.add(stream);
    return stream;
  }

  asCaller(peerId: PeerId, tell: Tell): CallerReceipts {
    const stream = new CallerOfStream(peerId, tell, this.#shared, () => this.#open.delete(stream));
    this.#open.add(stream);
    return stream;
  }

  of(id: CallId): Receipt | null {
    const found = this.#store.ofCall(id);
    if (found === null) return null;
    const { receipts, index } = found;
    const bodies = receipts.bodies.map(({ body }) => body);
    const leaves = bodies.map(leafHash);
    return Receipt.parse({
      kind: 'gatehouse-receipt',
      body: ReceiptBody.parse(JSON.parse(bodies[index] ?? 'null')),
      root: ReceiptRoot.parse(JSON.parse(receipts.root)),
      index,
      path: inclusionPath(leaves, index),
      hostSignature: receipts.hostSignature,
      callerSignature: receipts.callerSignature,
    });
  }

  #written(peerId: PeerId, calls: number, write: () => void): boolean {
    try {
      write();
      return true;
    } catch {
      // Whatever the records' reason, which they tell themselves.
      this.#shared.troubles.note(peerId, 'unkept', calls);
      return false;
    }
  }

  stop(): void {
    this.#shared.troubles.stop();
    for (const stream of this.#open) stream.close();
  }
}
