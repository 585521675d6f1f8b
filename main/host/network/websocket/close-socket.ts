import { WebSocket } from 'ws';
import { CLOSE_GRACE_MS } from './wire-limits.ts';
import type { CloseCode } from './wire-violation.ts';

/** RFC 6455, section 5.5: a control frame has at most 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;

/** Says goodbye with a code and a short reason, in ASCII, and cuts the socket where the other side does not go along in 1 s. */
export function closeSocket(socket: WebSocket, code: CloseCode, reason: string): void {
  if (socket.readyState === WebSocket.CLOSED) return;
  if (socket.readyState === WebSocket.CONNECTING) {
    socket.terminate();
    return;
  }
  socket.close(code, reason.slice(0, MAX_REASON_BYTES));
  const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
  socket.once('close', () => clearTimeout(timer));
}
