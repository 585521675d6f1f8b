import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { PeerId } from '../../../../shared/ids.ts';
import { NetworkError } from '../errors.ts';
import { ByteAllowance } from './byte-allowance.ts';
import { closeSocket } from './close-socket.ts';
import type { NodeKey } from './ed25519.ts';
import { OWN_REFLECTION, shakeHands } from './handshake.ts';
import type { Session } from './handshake.ts';
import type { LinkService } from './link-service.ts';
import type { ParsedWebSocketAddress } from './web-socket-address.ts';
import { WebSocketConnection } from './web-socket-connection.ts';
import { whereabouts } from './web-socket-kind.ts';
import { MAX_DAWN_FRAME_BYTES, MAX_FRAME_BYTES, MAX_UNPROVEN_BYTES } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

export interface DialOneParts {
  readonly service: LinkService;
  /** Kept until it is closed, so that `stop` leaves nothing behind. */
  track(socket: WebSocket): void;
  readonly onClosed: (connection: WebSocketConnection) => void;
}

/**
 * Connects to one address and shakes hands. Nobody is proven yet.
 * @param expected null: whoever is there
 * @throws {NetworkError} and errors of sockets
 */
export function dialOne(
  parts: DialOneParts,
  address: ParsedWebSocketAddress,
  expected: PeerId | null,
  signal: AbortSignal,
): Promise<WebSocketConnection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = new WebSocket(address.url, {
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: MAX_DAWN_FRAME_BYTES,
      // Where it is known who is to be there, the handshake proves it. A certificate has to only where nothing else does.
      rejectUnauthorized: expected === null,
    });
    parts.track(socket);
    let allowance: ByteAllowance | null = null;
    let raw: Socket | null = null;
    let readAnswer: ReturnType<typeof shakeHands> | null = null;

    const finish = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('message', onMessage);
      socket.off('close', onClose);
    };
    const fail = (error: unknown, code: CloseCode, reason: string): void => {
      finish();
      closeSocket(socket, code, reason);
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const onAbort = (): void => fail(signal.reason, CloseCode.goingAway, 'The dial was given up.');
    const onClose = (_code: number, reason: Buffer): void => {
      finish();
      reject(reason.toString() === OWN_REFLECTION ? thisMachine() : turnedAway());
    };
    const onMessage = (data: RawData, isBinary: boolean): void => {
      try {
        const session = read(data, isBinary);
        finish();
        if (allowance === null || raw === null)
          throw new TypeError('The socket is open and has no connection.');
        allowance.startAnew();
        allowance.limit = MAX_FRAME_BYTES;
        resolve(
          new WebSocketConnection({
            socket,
            allowance,
            session,
            end: 'dialler',
            isNamed: expected !== null,
            whereabouts: whereabouts(raw, raw instanceof TLSSocket, address.url),
            service: parts.service,
            onClosed: parts.onClosed,
          }),
        );
      } catch (error) {
        if (error instanceof WireViolation) fail(asNetworkError(error), error.code, error.message);
        else fail(error, CloseCode.policy, 'That is not who was dialled.');
      }
    };
    const read = (data: RawData, isBinary: boolean): Session => {
      if (isBinary || !Buffer.isBuffer(data) || readAnswer === null) {
        throw new WireViolation(CloseCode.unsupportedData, 'Text frames only.');
      }
      return readAnswer(data.toString('utf8'), (peer) => checkPeer(parts.service, expected, peer));
    };

    signal.addEventListener('abort', onAbort, { once: true });
    // Listened to for good: an error after that of the dial would end the process where nobody listens.
    socket.on('error', (error) => {
      finish();
      reject('code' in error && error.code === 'ECONNRESET' ? turnedAway(error) : error);
    });
    socket.on('close', onClose);
    socket.on('upgrade', ({ socket: stream }) => {
      raw = stream;
      allowance = new ByteAllowance(stream, MAX_UNPROVEN_BYTES, () => {
        closeSocket(socket, CloseCode.tooBig, 'Too much was sent.');
        socket.pause();
        reject(new NetworkError('PROTOCOL', 'The other side sent far more than fits.'));
      });
    });
    socket.on('open', () => {
      if (raw instanceof Socket) raw.setNoDelay(true);
      readAnswer = shakeHands(socket, parts.service.own);
    });
    socket.on('message', onMessage);
  });
}

/** @throws {NetworkError} */
function checkPeer(service: LinkService, expected: PeerId | null, { peerId, nodeId }: NodeKey): void {
  if (nodeId === service.own.nodeId) {
    throw thisMachine();
  }
  if (expected !== null && peerId !== expected) {
    throw new NetworkError('UNREACHABLE', 'Another peer answers at that address. Ask for the address again.');
  }
  if (!service.admits(peerId)) {
    throw new NetworkError('REFUSED', 'This peer is blocked or disconnected here, or everything is stopped.');
  }
}

const thisMachine = (): NetworkError => new NetworkError('INVALID_ADDRESS', 'That is this machine itself.');

const turnedAway = (cause?: unknown): NetworkError =>
  new NetworkError('REFUSED', 'The other side closed the connection; it may have blocked this machine.', {
    cause,
  });

const asNetworkError = (cause: WireViolation): NetworkError =>
  new NetworkError('PROTOCOL', `Whoever answers there does not keep to the wire. ${cause.message}`, {
    cause,
  });
