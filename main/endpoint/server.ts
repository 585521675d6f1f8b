import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  PAGE_HEADER,
  checkHost,
  checkProgram,
  checkToken,
  checkUpgrade,
  cookieHeader,
  isPageSecret,
  pageSecret,
} from './access.ts';
import type { Access } from './access.ts';
import { DEFAULT_PORT } from './default-port.ts';
import { Landings } from './landings.ts';
import { plainPage } from './plain-page.ts';
import { isSameAccount } from './same-account.ts';
import { RpcSockets, defaultLimits } from './rpc-sockets.ts';
import type { ContractRouter, SocketLimits } from './rpc-sockets.ts';
import { serveFile } from './static-files.ts';
import { PAGE_HEADERS } from '../../shared/page-headers.ts';

export interface ServerOptions {
  readonly router: ContractRouter;
  /** Folder of the built interface; null: programs only, with the token at the upgrade. */
  readonly rendererDir: string | null;
  /** 0: a free one. Left out: 4280, or a free one where that is taken. */
  readonly port?: number | undefined;
  readonly limits?: Partial<SocketLimits>;
}

export interface EndpointServer {
  readonly port: number;
  readonly token: string;
  /** What one opens in a browser, where there are pages; signs it in, for as long as the host runs. */
  readonly url: string;
  /** The same for another program to open: works once, within ten minutes. */
  urlForOnce(): string;
  /** Open connections of interfaces and command lines. */
  connections(): number;
  stop(): Promise<void>;
}

/** The interface cannot be offered; the message says why and what to do. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: 'PORT_TAKEN' | 'CANNOT_LISTEN';
  constructor(code: ServerError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Serves the interface over HTTP and the contract over a WebSocket at `/rpc`, on 127.0.0.1 only and only to
 * whoever holds the token.
 * @throws {ServerError}
 */
export async function startServer(options: ServerOptions): Promise<EndpointServer> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5000 });
  server.maxConnections = 256;
  const port = await listen(server, options.port);
  const access: Access = { port, token: randomBytes(32).toString('base64url') };
  const landings = new Landings(access.token);
  const urlWith = (landing: string): string => `http://127.0.0.1:${port}/?token=${landing}`;
  const sockets = new RpcSockets(options.router, { ...defaultLimits, ...options.limits });

  server.on('request', (request, response) => {
    void answer(request, response, { access, landings, rendererDir: options.rendererDir });
  });
  server.on('upgrade', (request, socket, head) => {
    const check = options.rendererDir === null ? checkProgram : checkUpgrade;
    const refusal = check(request.headers, access) ?? upgradeRefusal(request, sockets);
    if (refusal === null) sockets.accept(request, socket, head);
    else refuseUpgrade(socket, refusal);
  });

  return {
    port,
    token: access.token,
    url: urlWith(landings.printed),
    urlForOnce: () => urlWith(landings.issueOnce()),
    connections: () => sockets.size,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.stop();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, wanted: number | undefined): Promise<number> {
  try {
    return await listenOn(server, wanted ?? DEFAULT_PORT);
  } catch (error) {
    const taken = isErrno(error) && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
    if (taken && wanted === undefined) return await listenOn(server, 0);
    if (taken) {
      throw new ServerError(
        'PORT_TAKEN',
        `Port ${wanted} is taken or not allowed. Give another one, or 0 for a free one.`,
        { cause: error },
      );
    }
    throw new ServerError('CANNOT_LISTEN', 'The interface could not be offered on 127.0.0.1.', {
      cause: error,
    });
  }
}

async function listenOn(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
    server.off('error', reject);
    resolve();
  });
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port.');
  return address.port;
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

interface Site {
  readonly access: Access;
  readonly landings: Landings;
  readonly rendererDir: string | null;
}

async function answer(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
  const { access, rendererDir } = site;
  for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
  try {
    const wrongHost = checkHost(request.headers, access);
    if (wrongHost !== null) return sendPage(response, wrongHost.status, 'Gatehouse', [wrongHost.text]);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return sendPage(response, 405, 'Gatehouse', ['Only GET is understood here.']);
    }
    if (rendererDir === null) return sendPage(response, 404, ...noPages);
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const given = new URLSearchParams(query).get('token');
    // Only a GET lands: what merely looks (HEAD) must not use up what works once.
    const lands = path === '/' && request.method === 'GET' && given !== null;
    const landed = lands ? await site.landings.redeem(given, () => isOurs(request, access)) : 'unknown';
    if (landed === 'fine') return land(response, access);
    if (landed === 'used') return sendPage(response, 401, ...usedBefore);
    if (checkToken(request.headers, access) !== null) return sendPage(response, 401, ...withoutToken(given));
    const page = request.headers[PAGE_HEADER];
    if (typeof page === 'string' && !isPageSecret(page, access)) {
      return sendPage(response, 401, ...withoutToken(given));
    }
    if (await serveFile(rendererDir, path, request, response)) return;
    if (path === '/') return sendPage(response, 503, ...notBuilt);
    sendPage(response, 404, 'Not found', ['There is nothing at this address.']);
  } catch {
    // The client went away, or the file changed while it was read; there is nobody to tell.
    response.destroy();
  }
}

function isOurs(request: IncomingMessage, access: Access): Promise<boolean> {
  return isSameAccount(request.socket.remotePort ?? 0, access.port);
}

/** Signs a browser in: the cookie is for the files, the secret behind the `#` for the page, which takes it away. */
function land(response: ServerResponse, access: Access): void {
  response.writeHead(303, {
    Location: `/#session=${pageSecret(access)}`,
    'Set-Cookie': cookieHeader(access),
    'Cache-Control': 'no-store',
  });
  response.end();
}

const usedBefore: [string, string[]] = [
  'This address has been used',
  [
    'It works once. If it was not you who opened it, stop Gatehouse: somebody else on this machine may have.',
    'On this machine, "gatehouse status" prints an address that works again.',
  ],
];

const withoutToken = (given: string | null): [string, string[]] => [
  'Gatehouse runs here, and needs its token',
  [
    given === null
      ? 'Open the address that Gatehouse printed when it started: it ends in "?token=" and a secret.'
      : 'The token in this address is not, or no longer, one of the running host; they change with each start.',
    'On this machine, "gatehouse status" prints the address again.',
  ],
];

const noPages: [string, string[]] = [
  'Gatehouse runs here, in a window of its own',
  ['Nothing is shown to browsers. Open the window of the desktop app, or use the command line.'],
];

const notBuilt: [string, string[]] = [
  'The interface has not been built',
  [
    'Run "npm run build" in the folder of Gatehouse, then load this page again. The command line works without.',
  ],
];

function sendPage(
  response: ServerResponse,
  status: number,
  title: string,
  sentences: readonly string[],
): void {
  const page = plainPage(title, sentences);
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(page),
  });
  response.end(page);
}

function upgradeRefusal(
  request: IncomingMessage,
  sockets: RpcSockets,
): { status: 404 | 503; text: string } | null {
  if (request.url !== '/rpc') return { status: 404, text: 'There is nothing at this address.' };
  if (sockets.full) return { status: 503, text: 'Too many connections to this host. Close some first.' };
  return null;
}

function refuseUpgrade(socket: Duplex, refusal: { status: number; text: string }): void {
  // The client may be gone already; then there is nobody to tell.
  socket.on('error', () => undefined);
  const body = `${refusal.text}\n`;
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} Refused`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}
