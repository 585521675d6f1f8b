import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { ByteAllowance } from './byte-allowance.ts';
import { closeSocket } from './close-socket.ts';
import type { GatehouseFacts } from './gatehouse-methods.ts';
import { takeHand } from './handshake.ts';
import type { LinkService } from './link-service.ts';
import { WebSocketConnection } from './web-socket-connection.ts';
import { whereabouts } from './web-socket-kind.ts';
import { MAX_FRAME_BYTES, MAX_UNPROVEN_BYTES } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

export interface AcceptOneParts {
  readonly service: LinkService;
  readonly isSecure: boolean;
  /** The peer is proven: facts where it speaks Gatehouse. */
  onProven(connection: WebSocketConnection, facts: GatehouseFacts | null): void;
  onClosed(connection: WebSocketConnection): void;
}

/** Reads the key exchange of whoever has connected, and answers it. Its deadline is its socket's. */
export function acceptOne(socket: WebSocket, stream: Duplex, parts: AcceptOneParts): void {
  const allowance = new ByteAllowance(stream, MAX_UNPROVEN_BYTES, () => {
    closeSocket(socket, CloseCode.tooBig, 'Too much was sent.');
    socket.pause();
  });
  if (stream instanceof Socket) stream.setNoDelay(true);
  // What goes wrong with the socket closes it, and that is told by `close`.
  socket.on('error', () => undefined);
  socket.once('message', (data: RawData, isBinary: boolean) => {
    try {
      if (isBinary || !Buffer.isBuffer(data)) {
        throw new WireViolation(CloseCode.unsupportedData, 'Text frames only.');
      }
      const { service } = parts;
      const session = takeHand(socket, service.own, data.toString('utf8'), ({ peerId }) => {
        if (!service.admits(peerId)) throw new WireViolation(CloseCode.policy, 'You are not welcome here.');
      });
      allowance.startAnew();
      allowance.limit = MAX_FRAME_BYTES + MAX_UNPROVEN_BYTES;
      const remote = stream instanceof Socket ? stream : {};
      const connection: WebSocketConnection = new WebSocketConnection({
        socket,
        allowance,
        session,
        end: 'listener',
        whereabouts: whereabouts(remote, parts.isSecure, null),
        service,
        onProven: (facts) => {
          if (!service.admits(session.peer.peerId)) {
            throw new WireViolation(CloseCode.policy, 'You are not welcome here.');
          }
          parts.onProven(connection, facts);
        },
        onClosed: (ended) => parts.onClosed(ended),
      });
    } catch (error) {
      const violation =
        error instanceof WireViolation
          ? error
          : new WireViolation(CloseCode.internal, 'Something went wrong here.', { cause: error });
      closeSocket(socket, violation.code, violation.message);
    }
  });
}
