/** Asks STUN servers how we look from there (RFC 8489), all from one socket, so that the answers can be compared. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { bindingRequest, parseBindingSuccess } from '../relays/stun-message.ts';
import type { UdpAddress } from '../relays/stun-message.ts';

/** When the question is asked, from the beginning on (RFC 8489, section 6.2.1, with an earlier end). */
const ASK_AT_MS = [0, 500, 1500];
/** How long all of it may take. */
export const STUN_TIMEOUT_MS = 3000;

export interface StunAnswers {
  /** The port that the questions left from. */
  readonly localPort: number;
  /** In the order of the servers; null where none came. */
  readonly mapped: readonly (UdpAddress | null)[];
}

/**
 * Asks each server, by IP address, until it answers or the time is up. All of one family.
 * @throws the system's error where no socket can be had
 */
export async function askStun(
  family: 4 | 6,
  servers: readonly UdpAddress[],
  signal: AbortSignal,
  timeoutMs = STUN_TIMEOUT_MS,
): Promise<StunAnswers> {
  const socket = createSocket(family === 4 ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true });
  try {
    socket.bind(0);
    await once(socket, 'listening');
    const mapped = await answers(socket, servers, signal, timeoutMs);
    return { localPort: socket.address().port, mapped };
  } finally {
    socket.close();
  }
}

function answers(
  socket: Socket,
  servers: readonly UdpAddress[],
  signal: AbortSignal,
  timeoutMs: number,
): Promise<(UdpAddress | null)[]> {
  const questions = servers.map((server) => ({ server, transaction: randomBytes(12) }));
  const mapped: (UdpAddress | null)[] = questions.map(() => null);
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    const done = (): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(mapped);
    };
    const ask = (): void => {
      for (const [index, { server, transaction }] of questions.entries()) {
        if (mapped[index] !== null) continue;
        // Where there is no way to it, no answer will come.
        socket.send(bindingRequest(transaction), server.port, server.host, () => undefined);
      }
    };
    socket.on('message', (datagram: Buffer, from: RemoteInfo) => {
      const answer = parseBindingSuccess(datagram);
      if (answer === null) return;
      // The random transaction ties it to our question; a server with many addresses may answer from another one.
      const at = questions.findIndex(({ transaction }) => transaction.equals(answer.transaction));
      if (at === -1 || questions[at]?.server.port !== from.port) return;
      mapped[at] ??= answer.mapped;
      if (mapped.every((one) => one !== null)) done();
    });
    // A port that nobody listens on is reported here on some systems; silence says the same.
    socket.on('error', () => undefined);
    timers.push(...ASK_AT_MS.filter((ms) => ms < timeoutMs).map((ms) => setTimeout(ask, ms)));
    timers.push(setTimeout(done, timeoutMs));
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted || questions.length === 0) done();
  });
}
