import type { Transport } from '@libp2p/interface';
import { webSockets } from '@libp2p/websockets';
import { multiaddrToUri } from '@multiformats/multiaddr-to-uri';
import type { Multiaddr } from '@multiformats/multiaddr';
import { WebSocket } from 'ws';
import { NetworkError } from '../errors.ts';

type Components = Parameters<ReturnType<typeof webSockets>>[0];

/** libp2p says by this code that it resets a link, which no endpoint may say (RFC 6455, section 7.4.1). */
const ABNORMAL = 1006;

/** A peer sends in one message what it writes in one go: a whole message of ours, in many frames. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Can be closed however it stands. */
class LinkSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === ABNORMAL) this.terminate();
    else super.close(code, reason);
  }
}

/**
 * libp2p's WebSockets, which dial by a socket that can be given up: the one of the platform goes on connecting for ten
 * seconds after the dial was aborted, keeps the process alive, and leaves a link that nobody holds where it gets through.
 */
export function abortableWebSockets(): (components: Components) => Transport {
  return (components) => {
    const transport = webSockets()(components);
    if (!('_connect' in transport))
      throw new NetworkError('PROTOCOL', 'This WebSocket transport is another.');
    return Object.assign(transport, { _connect: connect });
  };
}

function connect(address: Multiaddr, { signal }: { readonly signal: AbortSignal }): Promise<WebSocket> {
  signal.throwIfAborted();
  const socket = new LinkSocket(multiaddrToUri(address), {
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    const end = (error: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.terminate();
      reject(error);
    };
    const onAbort = (): void => end(new NetworkError('TIMEOUT', 'The dial was given up.'));
    signal.addEventListener('abort', onAbort, { once: true });
    // An error after that of the dial would end the process where nobody listens.
    socket.on('error', end);
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
  });
}
