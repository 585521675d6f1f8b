import type { RawData, WebSocket } from 'ws';

/** A `ws` socket with the face of the browser's WebSocket, as far as the RPC client looks at it. */
export class SocketTarget extends EventTarget {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.on('open', () => this.dispatchEvent(new Event('open')));
    socket.on('close', () => this.dispatchEvent(new Event('close')));
    socket.on('message', (data, isBinary) => {
      // The contract carries no files, and only those travel as binary messages.
      if (isBinary) socket.close(1003, 'Only text is understood.');
      else this.dispatchEvent(new MessageEvent('message', { data: textOf(data) }));
    });
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#socket.readyState;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (typeof data !== 'string') throw new TypeError('The contract carries no files.');
    this.#socket.send(data);
  }
}

/** `ws` gives a list only to those who ask for fragments, and an ArrayBuffer to those who ask for one. */
function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
}
