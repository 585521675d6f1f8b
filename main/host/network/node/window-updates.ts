import type { MessageStream } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';

const HEADER_BYTES = 12;
const WINDOW_UPDATE = 1;
/** A sender with a window of 256 KiB is told of this much at once, long before it would have to stop. */
const MAX_HELD_BYTES = 64 * 1024;
const MAX_HELD_FRAMES = 64;
/** After this time without anything else to send, the updates are sent alone, in milliseconds. */
const MAX_HELD_MS = 10;

/**
 * Holds back yamux window updates (yamux specification, "Flow Control") until there is something else to send, and
 * sends them with it. yamux 8.0.3 sends one for each message that it has read, at the price of a message of its own:
 * encrypted, written, and waking the other side. The order of frames stays as it was.
 */
export function holdWindowUpdates<Connection extends MessageStream>(connection: Connection): Connection {
  const send = connection.send.bind(connection);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | null = null;

  const take = (): Uint8Array[] => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    heldBytes = 0;
    const frames = held;
    held = [];
    return frames;
  };
  const sendAlone = (): boolean => {
    if (connection.status !== 'open') {
      take();
      return true;
    }
    return send(Buffer.concat(take()));
  };
  connection.send = (data): boolean => {
    const update = plainWindowUpdate(data);
    if (update === null) {
      if (held.length === 0) return send(data);
      const rest = data instanceof Uint8Array ? [data] : [...data];
      return send(Buffer.concat([...take(), ...rest]));
    }
    held.push(update.frame);
    heldBytes += update.bytes;
    if (heldBytes >= MAX_HELD_BYTES || held.length >= MAX_HELD_FRAMES) return sendAlone();
    timer ??= setTimeout(sendAlone, MAX_HELD_MS).unref();
    return true;
  };
  connection.addEventListener('close', () => void take(), { once: true });
  return connection;
}

/** The frame when it is a window update and nothing else: one that opens or closes a stream must not wait. */
function plainWindowUpdate(data: Uint8Array | Uint8ArrayList): { frame: Uint8Array; bytes: number } | null {
  if (data.byteLength !== HEADER_BYTES) return null;
  const frame = data.subarray();
  const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
  if (view.getUint8(1) !== WINDOW_UPDATE || view.getUint16(2) !== 0) return null;
  return { frame, bytes: view.getUint32(8) };
}
