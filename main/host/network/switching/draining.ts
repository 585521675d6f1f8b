import type { PeerId } from '../../../../shared/ids.ts';
import { deadline } from '../../deadline.ts';
import type { PeerRecord, PeerTable } from '../links/peer-table.ts';
import type { LinkConnection } from '../transport.ts';

/** Calls under way, their questions to a person included, may take so long to end. */
const DRAIN_MS = 10 * 60_000;
/** How long the other transport may take to be linked, before what runs is left to end where it is. */
const HAND_OVER_MS = 15_000;
/** How long the other side may take to move what it has opened. */
const LEAVING_MS = 15_000;
/** Peers that are handed over at one time. */
const PARALLEL = 8;

/** Whether a link is to be given up. */
export type Leaves = (connection: LinkConnection) => boolean;

export interface DrainModules {
  readonly peers: PeerTable;
  /** Links the peer over what may be used for it, unless it is so linked. @throws {NetworkError} */
  connect(peer: PeerRecord, signal: AbortSignal): Promise<void>;
  /** Moves all channels of ours to the best link. Resolves when each has moved or could not. */
  moveToBest(peerId: PeerId): Promise<void>;
  /** Tells the other side, and waits until it has moved what it opened. @throws {NetworkError} */
  sayLeaving(connection: LinkConnection, signal: AbortSignal): Promise<void>;
  /** Nothing new begins on the channels of these links. */
  retire(leaves: Leaves): void;
  /** Channels on these links with calls under way, or in the middle of a move. */
  busy(leaves: Leaves): number;
  /** Whenever `busy` may have become less. @returns what ends the listening */
  onIdle(listener: () => void): () => void;
  /** Closes the channels on these links, once what was given to them has been sent. */
  close(leaves: Leaves): Promise<void>;
  readonly drainMs?: number;
}

/**
 * Empties links that are about to be given up: links their peers over what is left, moves the channels there, has the other
 * side do the same, and waits for the calls that could not be moved. Resolves when nothing is under way, after 10 min, or
 * when aborted.
 */
export async function drainLinks(modules: DrainModules, leaves: Leaves, signal: AbortSignal): Promise<void> {
  const limit = deadline(modules.drainMs ?? DRAIN_MS, signal);
  try {
    const leaving = modules.peers
      .linked()
      .filter(({ links }) => links.some(({ connection }) => leaves(connection)));
    await inTurns(leaving, (peer) => handOver(modules, peer, leaves, limit.signal));
    modules.retire(leaves);
    await untilIdle(modules, leaves, limit.signal);
    if (!signal.aborted) await modules.close(leaves);
  } finally {
    limit.release();
  }
}

async function handOver(
  modules: DrainModules,
  peer: PeerRecord,
  leaves: Leaves,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  await within(HAND_OVER_MS, signal, (limit) => modules.connect(peer, limit));
  await modules.moveToBest(peer.peerId);
  const old = peer.links.map(({ connection }) => connection).filter(leaves);
  await Promise.all(
    old.map((connection) => within(LEAVING_MS, signal, (limit) => modules.sayLeaving(connection, limit))),
  );
}

/** What cannot be had is done without: its calls end where they are. */
async function within(
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = deadline(ms, signal);
  try {
    await act(limit.signal);
  } catch {
    // The peer has no other transport, or does not know how to leave.
  } finally {
    limit.release();
  }
}

async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

function untilIdle(modules: DrainModules, leaves: Leaves, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      off();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const look = (): void => {
      if (modules.busy(leaves) === 0) end();
    };
    const off = modules.onIdle(look);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    else look();
  });
}
