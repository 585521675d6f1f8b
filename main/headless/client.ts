import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { ResponseValidationPlugin } from '@orpc/contract/plugins';
import { WebSocket } from 'ws';
import { contract } from '../../shared/contract.ts';
import type { Contract } from '../../shared/contract.ts';
import type { LiveState } from '../../shared/live.ts';
import { readEndpoint } from '../endpoint/index.ts';
import type { Endpoint } from '../endpoint/index.ts';
import { CliError, ExitCode } from './cli-error.ts';
import { withDeadline } from './deadline.ts';
import { SocketTarget } from './socket-target.ts';

export type HostClient = ContractRouterClient<Contract>;

/** A connection to the running host. */
export interface Connection {
  readonly client: HostClient;
  readonly endpoint: Endpoint;
  /** The state of the host when the connection was made. */
  readonly state: LiveState;
  /** Aborted, with the reason, when the host goes away. */
  readonly lost: AbortSignal;
  close(): void;
}

/** How long the host may take to let us in and to say what it is, in milliseconds. */
const CONNECT_MS = 5000;
/** Longest message of the host, in bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * Connects to the host that runs with a data directory.
 * @throws {CliError} NO_HOST where none runs, or where the endpoint file is a leftover
 */
export async function connect(dataDir: string): Promise<Connection> {
  const endpoint = await readEndpoint(dataDir);
  if (endpoint === null) {
    throw noHost(
      `No host runs with ${dataDir}. Start the app or "gatehouse serve", or name another folder by --data.`,
    );
  }
  if (endpoint === 'damaged') {
    throw noHost(
      `The endpoint file in ${dataDir} is damaged. Stop the host, if one runs, and start it again.`,
    );
  }
  const socket = await openSocket(endpoint, dataDir);
  const client: HostClient = createORPCClient(
    new RPCLink({ websocket: new SocketTarget(socket), plugins: [new ResponseValidationPlugin(contract)] }),
  );
  const lost = new AbortController();
  socket.once('close', () => lost.abort(noHost('The host went away before it answered.')));
  try {
    const state = await withDeadline(snapshot(client), CONNECT_MS, () =>
      noHost(`The host of ${dataDir} (process ${endpoint.pid}) does not answer. Stop it and start it again.`),
    );
    if (state.host.peerId !== endpoint.peerId) throw stale(dataDir);
    return { client, endpoint, state, lost: lost.signal, close: () => socket.close(1000) };
  } catch (error) {
    socket.terminate();
    throw error;
  }
}

/** The state of the host right now. */
export async function snapshot(client: HostClient): Promise<LiveState> {
  const messages = await client.live.watch({});
  for await (const message of messages) {
    if (message.type === 'snapshot') return message.state;
  }
  throw noHost('The host stopped before it answered.');
}

function noHost(message: string): CliError {
  return new CliError('NO_HOST', ExitCode.noHost, message);
}

function stale(dataDir: string): CliError {
  return noHost(
    `No host runs with ${dataDir}: its endpoint file is left over from one that ended. Start one with "gatehouse serve".`,
  );
}

async function openSocket(endpoint: Endpoint, dataDir: string): Promise<WebSocket> {
  const address = new URL('/rpc', endpoint.url);
  address.protocol = 'ws:';
  const socket = new WebSocket(address, {
    headers: { authorization: `Bearer ${endpoint.token}` },
    handshakeTimeout: CONNECT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('open', resolve);
  socket.on('error', reject);
  socket.once('unexpected-response', (_request, response) => {
    socket.terminate();
    reject(response.statusCode === 503 ? busy() : stale(dataDir));
  });
  try {
    await promise;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw stale(dataDir);
  }
  return socket;
}

function busy(): CliError {
  return new CliError(
    'BUSY',
    ExitCode.unreachable,
    'The host has too many open connections. Close an interface and try again.',
  );
}
