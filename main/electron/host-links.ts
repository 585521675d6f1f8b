import { createRouterClient } from '@orpc/server';
import { RPCHandler } from '@orpc/server/websocket';
import type { Host } from '../host/index.ts';
import type { RendererPort } from './renderer-port.ts';

/** What the shell's modules need of the host. */
export interface HostLinks {
  /** Answers what comes through a port, until it closes. */
  attach(port: RendererPort): void;
  stopAll(): Promise<void>;
}

/** Speaks the interface contract with the host: for the page, and for the tray's "Stop all". */
export function linkHost(host: Host): HostLinks {
  const handler = new RPCHandler(host.router);
  const client = createRouterClient(host.router);
  return {
    attach(port) {
      // The library speaks the same to a MessagePort and to a WebSocket; this half of it tells of messages that
      // cannot be read, the other leaves their errors to the process.
      const peer = { send: (message: unknown) => port.send(message), addEventListener: () => undefined };
      port.onMessage = (message) => handler.message(peer, message, { context: {} });
      port.onClose = () => handler.close(peer);
    },
    async stopAll() {
      await client.host.stopAll();
    },
  };
}
