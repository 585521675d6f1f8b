import type { StreamMuxerFactory } from '@libp2p/interface';
import { yamux } from '@libp2p/yamux';
import type { YamuxMuxerInit } from '@libp2p/yamux';
import type { Uint8ArrayList } from 'uint8arraylist';
import type { LinkPulses } from '../links/link-pulse.ts';
import { holdWindowUpdates } from './window-updates.ts';

const HEADER_BYTES = 12;
const DATA_FRAME = 0;

/**
 * Follows the frame headers of a yamux connection (yamux specification, "Framing") and refuses a data frame that
 * announces more than a receive window could hold. yamux 8.0.3 collects a frame whole before it looks at it, and a
 * header can announce 4 GiB.
 */
export class YamuxFrameGuard {
  readonly #maxFrameBytes: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #bodyLeft = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Looks at the next piece of the connection. @throws {YamuxFrameError} */
  inspect(data: Uint8Array | Uint8ArrayList): void {
    if (data instanceof Uint8Array) this.#inspect(data);
    else for (const piece of data) this.#inspect(piece);
  }

  #inspect(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, piece.length - at);
        this.#bodyLeft -= skipped;
        at += skipped;
        continue;
      }
      const taken = piece.subarray(at, at + HEADER_BYTES - this.#headerBytes);
      this.#header.set(taken, this.#headerBytes);
      this.#headerBytes += taken.length;
      at += taken.length;
      if (this.#headerBytes === HEADER_BYTES) this.#onHeader();
    }
  }

  #onHeader(): void {
    this.#headerBytes = 0;
    // In other frames the field is no length: a ping's value, a window's growth, a code.
    if (this.#header[1] !== DATA_FRAME) return;
    const length = new DataView(this.#header.buffer).getUint32(8);
    if (length > this.#maxFrameBytes) throw new YamuxFrameError(length, this.#maxFrameBytes);
    this.#bodyLeft = length;
  }
}

export class YamuxFrameError extends Error {
  override readonly name = 'YamuxFrameError';
  readonly code = 'FRAME_TOO_LARGE';
  constructor(length: number, limit: number) {
    super(`A yamux frame announces ${length} bytes, and ${limit} is the most.`);
  }
}

/** The peer makes us answer (pings, refused streams) without reading the answers. */
export class YamuxBacklogError extends Error {
  override readonly name = 'YamuxBacklogError';
  readonly code = 'BACKLOG_TOO_LARGE';
  constructor(bytes: number) {
    super(`${bytes} bytes wait for a peer that does not read.`);
  }
}

export interface GuardedYamuxInit extends YamuxMuxerInit {
  readonly maxFrameBytes: number;
  /** How much may wait to be written to a connection while the peer still sends us things to answer. */
  readonly maxBacklogBytes: number;
  /** Told of each connection, and of what comes in by it. */
  readonly pulses?: LinkPulses;
}

/** yamux behind a {@link YamuxFrameGuard}. A connection that breaks the rule is cut. */
export function guardedYamux({
  maxFrameBytes,
  maxBacklogBytes,
  pulses,
  ...init
}: GuardedYamuxInit): () => StreamMuxerFactory {
  const create = yamux(init);
  return () => {
    const inner = create();
    return {
      protocol: inner.protocol,
      createStreamMuxer: (connection) => {
        const guard = new YamuxFrameGuard(maxFrameBytes);
        const muxer = inner.createStreamMuxer(holdWindowUpdates(connection));
        const pulse = pulses?.begin(muxer) ?? null;
        const onData = muxer.onData.bind(muxer);
        // What is thrown here aborts the muxer and the connection, like any other broken frame.
        muxer.onData = (data) => {
          guard.inspect(data);
          if (pulse !== null) pulse.heardAt = performance.now();
          onData(data);
          if (connection.writeBufferLength > maxBacklogBytes) {
            throw new YamuxBacklogError(connection.writeBufferLength);
          }
        };
        return muxer;
      },
    };
  };
}
