import { PeerId } from '../../../../shared/ids.ts';
import { WebSocketAddress } from '../../../../shared/transports.ts';
import { peerIdOfPublicKey } from '../../identity/index.ts';

/** An address of this transport, taken apart. */
export interface ParsedWebSocketAddress {
  /** Without the id, as it is dialled: `ws://192.0.2.7:8000`. */
  readonly url: string;
  /** Who is said to be there. */
  readonly peerId: PeerId | null;
}

/** Null for what is none. */
export function parseWebSocketAddress(address: string): ParsedWebSocketAddress | null {
  const parsed = WebSocketAddress.safeParse(address);
  if (!parsed.success) return null;
  const [url = '', id] = parsed.data.split('#');
  if (!URL.canParse(url)) return null;
  const peerId = id === undefined ? null : idOf(id);
  if (id !== undefined && peerId === null) return null;
  return { url: url.replace(/\/$/, ''), peerId };
}

/** A peer id, or a Dawn node id, which is the same key in hex. */
function idOf(id: string): PeerId | null {
  const peerId = PeerId.safeParse(id);
  if (peerId.success) return peerId.data;
  try {
    return peerIdOfPublicKey(Buffer.from(id, 'hex'));
  } catch {
    return null;
  }
}
