import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { z } from 'zod';
import type { Connection, HostClient } from './index.ts';
import { validation } from './link-options.ts';
import { OPEN_TIMEOUT_MS } from './open-timeout.ts';

const Bridge = z.object({ shell: z.literal('electron') });
const PortMessage = z.object({ type: z.literal('gatehouse-port') });

/** Whether the preload of the Electron shell is there. */
export const isElectron = (): boolean => Bridge.safeParse(Reflect.get(window, 'gatehouse')).success;

/** Asks the preload for a port to the host. */
export async function connectByPort(signal: AbortSignal): Promise<Connection> {
  const port = await receivePort(signal);
  const closed = Promise.withResolvers<void>();
  port.addEventListener('close', () => closed.resolve());
  const client: HostClient = createORPCClient(new RPCLink({ port, plugins: validation() }));
  port.start();
  return {
    client,
    closed: closed.promise,
    canFallSilent: false,
    close() {
      port.close();
      closed.resolve();
    },
  };
}

function receivePort(signal: AbortSignal): Promise<MessagePort> {
  const received = Promise.withResolvers<MessagePort>();
  const done = new AbortController();
  window.addEventListener(
    'message',
    (event) => {
      const [port] = event.ports;
      if (event.source !== window || event.origin !== window.location.origin) return;
      if (port === undefined || !PortMessage.safeParse(event.data).success) return;
      received.resolve(port);
    },
    { signal: done.signal },
  );
  const timer = setTimeout(() => {
    received.reject(new Error('The host did not hand over a connection in time.'));
  }, OPEN_TIMEOUT_MS);
  signal.addEventListener('abort', () => received.reject(new Error('Connecting was given up.')), {
    signal: done.signal,
  });
  window.postMessage({ type: 'gatehouse-ready' }, window.location.origin);
  return received.promise.finally(() => {
    clearTimeout(timer);
    done.abort();
  });
}
