import type { KadDHT } from '@libp2p/kad-dht';
import type { Libp2p } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { CID } from 'multiformats/cid';
import type { PeerId } from '../../../../shared/ids.ts';
import type { Capability } from '../../../../shared/registry.ts';
import { deadline } from '../../deadline.ts';
import { idOf, withoutPeer } from '../addresses.ts';
import { keyOfCapability } from './capabilities.ts';
import type { MayDial, Table } from './distributed-table.ts';
import { LOOKUP_TIMEOUT_MS } from '../limits.ts';

/** What a host may be announced for. */
const MAX_RECORDS = 32;
const MAX_FOUND = 20;
/** Once somebody has answered, how long others may take to add to it. */
const GRACE_MS = 500;
/** Changes, and peers that come one after the other, are told together. */
const SETTLE_MS = 1000;
/** Where nobody took a record, it is offered again after this, then twice as late each time. */
const RETRY_MS = 5000;
const MAX_RETRY_MS = 10 * 60_000;
const PROVIDE_TIMEOUT_MS = 30_000;
/** Addresses of one peer that are taken from a record. */
const MAX_ADDRESSES = 16;

export interface Found {
  readonly peerId: PeerId;
  readonly addresses: readonly string[];
}

/** What we are announced for in the distributed tables, and who else is. */
export class Provided {
  readonly #node: Libp2p;
  readonly #tables: readonly Table[];
  readonly #mayDial: MayDial;
  readonly #stopping = new AbortController();
  #wanted: readonly Capability[] = [];
  /** By the text of its key. */
  readonly #standing = new Map<string, CID>();
  #enabled: boolean;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #retryMs = RETRY_MS;

  /** `mayDial` says which addresses are taken from the answer of a peer. */
  constructor(node: Libp2p, tables: readonly Table[], enabled: boolean, mayDial: MayDial) {
    this.#node = node;
    this.#mayDial = mayDial;
    this.#tables = tables;
    this.#enabled = enabled;
  }

  set(enabled: boolean): void {
    this.#enabled = enabled;
    this.#settle(SETTLE_MS);
  }

  provide(capabilities: readonly Capability[]): void {
    this.#wanted = capabilities.slice(0, MAX_RECORDS);
    this.#settle(SETTLE_MS);
  }

  /** Somebody who may serve a table has been linked. */
  linked(protocols: readonly string[]): void {
    if (this.#wanted.length === 0) return;
    if (this.#tables.some(({ protocol }) => protocols.includes(protocol))) this.#settle(SETTLE_MS);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The network stops.'));
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  /** Asks both tables at once. Ends soon after the first answer. Never rejects. */
  async find(capability: Capability, signal: AbortSignal): Promise<Found[]> {
    if (!this.#enabled) return [];
    const key = await keyOfCapability(capability);
    const found = new Map<PeerId, Set<string>>();
    const limit = deadline(LOOKUP_TIMEOUT_MS, signal);
    const enough = new AbortController();
    const stop = (): void => enough.abort(limit.signal.reason);
    limit.signal.addEventListener('abort', stop);
    let grace: NodeJS.Timeout | undefined;
    const onFound = (peerId: PeerId, addresses: readonly Multiaddr[]): void => {
      if (!found.has(peerId) && found.size >= MAX_FOUND) return;
      const known = found.get(peerId) ?? new Set();
      for (const address of addresses) if (known.size < MAX_ADDRESSES) known.add(withoutPeer(address));
      found.set(peerId, known);
      if (found.size >= MAX_FOUND) stop();
      grace ??= setTimeout(stop, GRACE_MS);
    };
    try {
      const ended = new Promise<void>((resolve) => {
        enough.signal.addEventListener('abort', () => resolve());
      });
      const serving = await this.#serving();
      const asked = serving.map(({ dht }) => this.#ask(dht, key, enough.signal, onFound));
      await Promise.race([Promise.all(asked), ended]);
    } finally {
      clearTimeout(grace);
      limit.signal.removeEventListener('abort', stop);
      limit.release();
      // What still runs in the tables has nobody left who waits for it.
      enough.abort(new Error('The look-up is over.'));
    }
    return [...found].map(([peerId, addresses]) => ({ peerId, addresses: [...addresses] }));
  }

  async #ask(
    dht: KadDHT,
    key: CID,
    signal: AbortSignal,
    onFound: (peerId: PeerId, addresses: readonly Multiaddr[]) => void,
  ): Promise<void> {
    try {
      for await (const event of dht.findProviders(key, { signal })) {
        if (event.name !== 'PROVIDER') continue;
        for (const { id, multiaddrs } of event.providers) {
          const peerId = idOf(id);
          const useful = multiaddrs.filter((address) => this.#mayDial(address, event.from));
          if (peerId !== null && !id.equals(this.#node.peerId)) onFound(peerId, useful);
        }
      }
    } catch {
      // One table that fails must not spoil the answer of the other.
    }
  }

  /** The tables that a linked peer serves; the others would wait for one. */
  async #serving(): Promise<Table[]> {
    const spoken = new Set<string>();
    for (const peer of this.#node.getPeers()) {
      const known = await this.#node.peerStore.get(peer).catch(() => null);
      for (const protocol of known?.protocols ?? []) spoken.add(protocol);
    }
    return this.#tables.filter(({ protocol }) => spoken.has(protocol));
  }

  #settle(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#again = true;
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
      });
    }, ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        const isTaken = await this.#bringUpToDate();
        this.#retryMs = isTaken ? RETRY_MS : Math.min(this.#retryMs * 2, MAX_RETRY_MS);
        if (!isTaken && !this.#again) this.#settle(this.#retryMs);
      } catch {
        // Such as a table that stops; whoever is linked next is told.
      }
    }
  }

  /** Withdraws what is not wanted any more and offers the rest. False: somebody serves, but took nothing. */
  async #bringUpToDate(): Promise<boolean> {
    const wanted = new Map<string, CID>();
    for (const capability of this.#enabled ? this.#wanted : []) {
      const key = await keyOfCapability(capability);
      wanted.set(key.toString(), key);
    }
    for (const [text, key] of this.#standing) {
      if (wanted.has(text)) continue;
      // Others hold the record until it expires, but nobody renews it.
      for (const { dht } of this.#tables) await dht.cancelReprovide(key);
      this.#standing.delete(text);
    }
    for (const [text, key] of wanted) this.#standing.set(text, key);
    const serving = await this.#serving();
    if (serving.length === 0 || wanted.size === 0) return true;
    let taken = 0;
    for (const { dht } of serving) {
      for (const key of wanted.values()) taken += await this.#offer(dht, key);
    }
    return taken > 0;
  }

  /** @returns how many peers took the record */
  async #offer(dht: KadDHT, key: CID): Promise<number> {
    const limit = deadline(PROVIDE_TIMEOUT_MS, this.#stopping.signal);
    let taken = 0;
    try {
      for await (const event of dht.provide(key, { signal: limit.signal })) {
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') taken += 1;
      }
    } catch {
      // Counted as not taken, and offered again.
    } finally {
      limit.release();
    }
    return taken;
  }
}
