import type { Host } from '../host/index.ts';
import { PeerId } from '../../shared/ids.ts';
import { removeEndpoint, writeEndpoint } from './endpoint-file.ts';
import type { Endpoint } from './endpoint-file.ts';
import { startServer } from './server.ts';
import type { EndpointServer } from './server.ts';

export interface EndpointOptions {
  /** The folder of the host, in which the endpoint file tells where it is. */
  readonly dataDir: string;
  /** Folder of the built interface; null: no page is served, and no browser is let in. */
  readonly rendererDir: string | null;
  /** 0: a free one. Left out: 4280, or a free one where that is taken. */
  readonly port?: number | undefined;
}

/** The endpoint of a running host. Ends before the host does. */
export interface RunningEndpoint {
  readonly server: EndpointServer;
  /** Takes the file away first, so that nobody is sent to a server that is about to end. */
  stop(): Promise<void>;
}

/** See `startEndpoint` in index.ts. */
export async function openEndpoint(options: EndpointOptions, host: Host): Promise<RunningEndpoint> {
  const { dataDir, rendererDir, port } = options;
  await using stack = new AsyncDisposableStack();
  const server = await startServer({ router: host.router, rendererDir, port });
  stack.defer(() => server.stop());
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${server.port}`,
    token: server.token,
    pid: process.pid,
    peerId: PeerId.parse(host.peerId),
    pages: rendererDir !== null,
  };
  await writeEndpoint(dataDir, endpoint);
  stack.defer(() => removeEndpoint(dataDir, endpoint));
  const running = stack.move();
  return { server, stop: () => running.disposeAsync() };
}
