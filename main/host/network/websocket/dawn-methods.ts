/** What the WebSocket transport asks of those who know Dawn's methods. */
import type { PeerId } from '../../../../shared/ids.ts';
import type { LinkConnection } from '../transport.ts';

/** Who calls: proven by the handshake and by the signature of the envelope that the call came in. */
export interface DawnCaller {
  readonly peerId: PeerId;
  /** The same key, as Dawn spells it: 64 hex characters. */
  readonly nodeId: string;
  readonly connection: LinkConnection;
  /** It has said that it speaks Gatehouse; it may call these methods all the same. */
  readonly speaksGatehouse: boolean;
  /** This transport is being given up: what came of earlier calls is still told, and nothing new begins. */
  readonly leaving: boolean;
}

/** Answers what is not one of Gatehouse's own methods, for callers on the strict wire. */
export interface DawnMethods {
  /**
   * Answers one request: `node/get_info`, or `<our node id>:<agent>/tools/call`. Params are hostile; they nest no deeper
   * than 64 levels and fit one frame. At most 64 are under way on one connection.
   * @param signal ends when the connection does; nobody waits for the result then
   * @returns what becomes `result`, as JSON
   * @throws {DawnMethodError} which becomes `error`; all other errors become -32603 without their text
   */
  call(caller: DawnCaller, method: string, params: unknown, signal: AbortSignal): Promise<unknown>;
  /** Takes a `gossip_announcement` in, unparsed and hostile. It is not answered. Must not throw. */
  gossip(caller: DawnCaller, announcement: unknown): void;
}

/** An error that goes to the caller as a JSON-RPC error object. */
export class DawnMethodError extends Error {
  override readonly name = 'DawnMethodError';
  /** Of JSON-RPC, Dawn (-32001, -32005) or Gatehouse. */
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
