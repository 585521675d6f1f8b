import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { ConnectionRefused } from './connection-refused.ts';
import type { Connection, HostClient } from './index.ts';
import { validation } from './link-options.ts';
import { OPEN_TIMEOUT_MS } from './open-timeout.ts';

/** Opens a WebSocket to `/rpc` on the page's own origin; its session cookie signs it in. */
export async function connectByWebSocket(signal: AbortSignal): Promise<Connection> {
  const url = new URL('/rpc', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const websocket = new WebSocket(url);
  const closed = Promise.withResolvers<void>();
  websocket.addEventListener('close', () => closed.resolve());
  try {
    await opened(websocket, signal);
  } catch (error) {
    websocket.close();
    if (await isRefused(signal)) throw new ConnectionRefused('This page is not signed in.');
    throw error;
  }
  const client: HostClient = createORPCClient(new RPCLink({ websocket, plugins: validation() }));
  return { client, closed: closed.promise, close: () => websocket.close() };
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
async function isRefused(signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store', signal });
    return answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}
