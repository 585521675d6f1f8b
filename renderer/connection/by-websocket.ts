import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { ConnectionRefused } from './connection-refused.ts';
import type { Connection, HostClient } from './index.ts';
import { validation } from './link-options.ts';
import { OPEN_TIMEOUT_MS } from './open-timeout.ts';
import { pageSecret, protocolsOf } from './page-secret.ts';

/** Opens a WebSocket to `/rpc` on the page's own origin; its cookie and the secret of the page sign it in. */
export async function connectByWebSocket(signal: AbortSignal): Promise<Connection> {
  // Read first, before anything can wait: it may still stand in the address bar.
  const secret = pageSecret(window);
  if (secret === null) throw new ConnectionRefused('This page is not signed in.');
  const url = new URL('/rpc', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const websocket = new WebSocket(url, protocolsOf(secret));
  const closed = Promise.withResolvers<void>();
  websocket.addEventListener('close', () => closed.resolve());
  try {
    await opened(websocket, signal);
  } catch (error) {
    websocket.close();
    if (await isRefused(secret, signal)) throw new ConnectionRefused('This page is not signed in.');
    throw error;
  }
  const client: HostClient = createORPCClient(new RPCLink({ websocket, plugins: validation() }));
  return { client, closed: closed.promise, canFallSilent: true, close: () => websocket.close() };
}

function opened(websocket: WebSocket, signal: AbortSignal): Promise<void> {
  const result = Promise.withResolvers<void>();
  const done = new AbortController();
  const options = { signal: done.signal };
  websocket.addEventListener('open', () => result.resolve(), options);
  websocket.addEventListener('close', () => result.reject(new Error('The host does not answer.')), options);
  signal.addEventListener('abort', () => result.reject(new Error('Connecting was given up.')), options);
  const timer = setTimeout(
    () => result.reject(new Error('The host did not answer in time.')),
    OPEN_TIMEOUT_MS,
  );
  return result.promise.finally(() => {
    clearTimeout(timer);
    done.abort();
  });
}

/** A failed upgrade does not tell a page its status; asking for the page itself does. */
async function isRefused(secret: string, signal: AbortSignal): Promise<boolean> {
  try {
    const headers = { 'gatehouse-page': secret };
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store', headers, signal });
    return answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}
