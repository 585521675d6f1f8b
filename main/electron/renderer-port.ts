import {
  ipcMain,
  MessageChannelMain,
  type IpcMainEvent,
  type MessagePortMain,
  type WebContents,
} from 'electron';
import { APP_ORIGIN } from './content-policy.ts';

/** The one channel there is. The page asks through the preload; the answer carries a port. */
export const PORT_CHANNEL = 'gatehouse:port';

/** More requests than this at once come from a page that has gone wrong. */
const MOST_RUNNING = 512;

/**
 * One end of a conversation with the page. It closes once, whoever closes it: the page by going away, or we
 * by replacing it. Electron tells only of the former.
 */
export class RendererPort {
  /** Set once by whoever answers. Rejecting closes the port: what cannot be read gets no second chance. */
  onMessage: ((message: string | ArrayBuffer) => Promise<void>) | null = null;
  onClose: (() => void) | null = null;
  readonly #port: MessagePortMain;
  #open = true;
  #running = 0;

  constructor(port: MessagePortMain) {
    this.#port = port;
    port.on('close', () => {
      this.close();
    });
    port.on('message', ({ data }: { data: unknown }) => {
      if (this.#open) void this.#take(data);
    });
  }

  /** Rejects once the port is closed: a stream that went on into nothing would spin. */
  send(message: unknown): Promise<void> {
    if (!this.#open) return Promise.reject(new Error('The port to the page is closed.'));
    this.#port.postMessage(message);
    return Promise.resolve();
  }

  start(): void {
    this.#port.start();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#port.close();
    this.onClose?.();
  }

  async #take(message: unknown): Promise<void> {
    const isReadable = typeof message === 'string' || message instanceof ArrayBuffer;
    if (!isReadable || this.#running >= MOST_RUNNING) {
      this.close();
      return;
    }
    this.#running += 1;
    try {
      await this.onMessage?.(message);
    } catch {
      this.close();
    } finally {
      this.#running -= 1;
    }
  }
}

/**
 * Gives the page of one window a port to the host, when it asks for one and is what it should be. There is
 * one port at a time; it ends with the page that asked for it.
 *
 * @param attach takes the port and answers what comes through it
 * @returns closes the port and answers no more requests
 */
export function setupRendererPort(
  contents: WebContents,
  attach: (port: RendererPort) => void,
  onRefused: (reason: string) => void,
): () => void {
  let current: RendererPort | null = null;
  const closePort = (): void => {
    current?.close();
    current = null;
  };

  const onAsk = (event: IpcMainEvent): void => {
    const reason = reasonToRefuse(event, contents);
    if (reason !== null) {
      onRefused(reason);
      return;
    }
    closePort();
    const { port1, port2 } = new MessageChannelMain();
    const port = new RendererPort(port1);
    current = port;
    attach(port);
    port.start();
    event.senderFrame?.postMessage(PORT_CHANNEL, null, [port2]);
  };

  ipcMain.on(PORT_CHANNEL, onAsk);
  contents.on('did-start-navigation', (details) => {
    if (details.isMainFrame && !details.isSameDocument) closePort();
  });
  contents.on('render-process-gone', closePort);
  contents.once('destroyed', closePort);

  return () => {
    ipcMain.off(PORT_CHANNEL, onAsk);
    closePort();
  };
}

/** Why this sender gets no port; null where it does. */
function reasonToRefuse(event: IpcMainEvent, contents: WebContents): string | null {
  if (event.sender !== contents) return 'another window asked';
  const frame = event.senderFrame;
  if (frame === null || frame.detached) return 'the asking frame is gone';
  if (frame !== contents.mainFrame) return 'a frame inside the page asked';
  if (frame.origin !== APP_ORIGIN) return 'a page of another origin asked';
  return null;
}
