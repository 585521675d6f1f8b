import type { Connection } from '@libp2p/interface';
import { deadline } from '../deadline.ts';

const PING_PROTOCOL = '/ipfs/ping/1.0.0';
const PING_BYTES = 32;
/** The first ones wait for a link that is still being set up; the fastest counts. */
const PINGS = 3;
const EVERY_MS = 15_000;
const TIMEOUT_MS = 10_000;
/** One lost ping may be a busy moment; the next one is not. */
const MAX_FAILURES = 2;

/** Measures a link at once and every 15 s (libp2p ping), and cuts it when it no longer answers. Returns a stop. */
export function watchRoundTrip(connection: Connection, onMeasured: (rttMs: number) => void): () => void {
  let failures = 0;
  let busy = false;
  const measure = async (): Promise<void> => {
    if (busy || connection.status !== 'open') return;
    busy = true;
    try {
      onMeasured(await roundTrip(connection));
      failures = 0;
    } catch (error) {
      if (error instanceof Error && error.name === 'UnsupportedProtocolError') return;
      failures += 1;
      if (failures >= MAX_FAILURES) connection.abort(new Error('The peer no longer answers.'));
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void measure(), EVERY_MS);
  void measure();
  return () => clearInterval(timer);
}

/** @returns milliseconds */
async function roundTrip(connection: Connection): Promise<number> {
  const limit = deadline(TIMEOUT_MS);
  try {
    const stream = await connection.newStream([PING_PROTOCOL], {
      signal: limit.signal,
      runOnLimitedConnection: true,
    });
    try {
      return await new Promise<number>((resolve, reject) => {
        let received = 0;
        let pings = 0;
        let fastest = Infinity;
        let sentAt = performance.now();
        const send = (): void => {
          sentAt = performance.now();
          stream.send(crypto.getRandomValues(new Uint8Array(PING_BYTES)));
        };
        stream.addEventListener('message', ({ data }) => {
          received += data.byteLength;
          if (received < PING_BYTES) return;
          received = 0;
          pings += 1;
          fastest = Math.min(fastest, performance.now() - sentAt);
          if (pings < PINGS) send();
          else resolve(Math.round(fastest * 100) / 100);
        });
        stream.addEventListener('close', () => reject(new Error('The ping was cut off.')));
        limit.signal.addEventListener('abort', () => reject(new Error('The ping was not answered.')));
        send();
      });
    } finally {
      await stream
        .close({ signal: limit.signal })
        .catch((error: unknown) => stream.abort(new Error(String(error))));
    }
  } finally {
    limit.release();
  }
}
