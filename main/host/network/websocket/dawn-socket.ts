/** A link to a node that knows Dawn's methods and no streams: what the transport hands to those who make calls of it. */
import type { PeerId } from '../../../../shared/ids.ts';
import type { DawnLink } from '../transport.ts';

/** A dialled connection whose peer has answered `node/get_info`, and has not announced that it speaks Gatehouse. */
export interface DawnSocket {
  /** Proven by the handshake; what comes in plain text afterwards proves nothing. */
  readonly peerId: PeerId;
  readonly nodeId: string;
  /** False: its answers come in plain text (`legacy`). True: in signed, encrypted envelopes, as ours do. */
  readonly encrypted: boolean;
  /** The `result` of its `node/get_info`: hostile. */
  readonly info: unknown;
  /** Sends one JSON text in an envelope. False: the connection is closed, or far too much waits to be sent. */
  send(text: string): boolean;
  /** One answer of the peer, as text of at most 8 MiB: hostile. What comes earlier is dropped. */
  onText: ((text: string) => void) | null;
  /** Told once, also where it was closed before it was set. */
  onClose: ((error: Error | null) => void) | null;
  /** Cuts the connection; the error's sentence is what its user sees. */
  abort(error: Error): void;
}

export interface DawnDialling {
  /** Whether the person lets this peer answer in plain text, and it has never spoken Gatehouse. */
  mayBeLegacy(peerId: PeerId): boolean;
  /**
   * It answers in plain text, and may not: the connection is being closed. Must not throw.
   * @param isNamed the dial was for this peer, and not for whoever is there
   */
  offersLegacy(peerId: PeerId, isNamed: boolean): void;
  /**
   * Makes a link of a socket, before anybody is told of it. Asking for its agents first is fine.
   * @throws {NetworkError} the dial fails with it
   */
  link(socket: DawnSocket, signal: AbortSignal): Promise<DawnLink>;
}
