import type { Identity } from '../../identity/index.ts';
import type { WebSocketTls } from '../index.ts';
import type { DawnMethods } from './dawn-methods.ts';
import type { DawnDialling } from './dawn-socket.ts';

export interface WebSocketTransportOptions {
  readonly identity: Identity;
  /** `host:port`. Empty: all interfaces, IPv4 and IPv6, on port 8000, or on a free one where that is taken. */
  readonly listen: readonly string[];
  /** Null: `ws://`. Otherwise `wss://` only. */
  readonly tls: WebSocketTls | null;
  /** What we run, as peers see it: `gatehouse/0.1.0`. */
  readonly softwareName: string;
  /** Null: Dawn's methods are unknown here, but for a bare `node/get_info`. */
  readonly dawnMethods: DawnMethods | null;
  /** Null: nodes that do not speak Gatehouse are not linked. */
  readonly dawnDialling: DawnDialling | null;
  /** How long a connection may take until its peer is proven, in ms. For tests. */
  readonly handshakeTimeoutMs?: number;
  /** How often to look whether the certificate was renewed, in ms. For tests. */
  readonly certificateCheckMs?: number;
}
