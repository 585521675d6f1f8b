import type { StreamMuxer } from '@libp2p/interface';

/** Signs of life of one connection. */
export interface LinkPulse {
  /** When anything last came in, as `performance.now()` tells time. */
  heardAt: number;
  /** Asks the other side for one; waits as long as that takes, or until the connection ends. */
  ping(): Promise<unknown>;
}

/**
 * The pulses of the connections that run over yamux. A connection does not show its muxer, but both show the same
 * list of streams. QUIC and WebRTC, which bring streams of their own, have none.
 */
export class LinkPulses {
  readonly #pulses = new WeakMap<StreamMuxer['streams'], LinkPulse>();

  of({ streams }: Pick<StreamMuxer, 'streams'>): LinkPulse | undefined {
    return this.#pulses.get(streams);
  }

  /** The pulse of a muxer that was just made: `heardAt` is to be kept up by whoever sees what comes in. */
  begin(muxer: StreamMuxer): LinkPulse | null {
    if (!canPing(muxer)) return null;
    // Without a deadline: yamux 8.0.3 ends a connection where a pong comes after its ping was given up.
    const pulse: LinkPulse = { heardAt: performance.now(), ping: () => muxer.ping() };
    this.#pulses.set(muxer.streams, pulse);
    return pulse;
  }
}

const canPing = (muxer: StreamMuxer): muxer is StreamMuxer & { ping(): Promise<number> } =>
  'ping' in muxer && typeof muxer.ping === 'function';
