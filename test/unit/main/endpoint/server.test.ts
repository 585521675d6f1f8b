import { createConnection } from 'node:net';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Change } from '../../../../shared/live.ts';
import { startServer } from '../../../../main/endpoint/server.ts';
import type { EndpointServer } from '../../../../main/endpoint/server.ts';
import { defaultLimits } from '../../../../main/endpoint/rpc-sockets.ts';
import type { SocketLimits } from '../../../../main/endpoint/rpc-sockets.ts';
import { FakeHost } from '../../../fixtures/fake-host.ts';
import { aCall } from '../../../fixtures/views.ts';

let dir: string;
let fake: FakeHost;
let server: EndpointServer;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-server-'));
  await mkdir(join(dir, 'ui', 'assets'), { recursive: true });
  await writeFile(join(dir, 'secret.txt'), 'not for you');
  await writeFile(join(dir, 'ui', 'index.html'), '<title>Gatehouse</title>');
  await writeFile(join(dir, 'ui', 'assets', 'index-DiwrgTda.js'), 'export {};');
  await writeFile(join(dir, 'ui', '.hidden'), 'no');
  await symlink(join(dir, 'secret.txt'), join(dir, 'ui', 'link.txt'));
  fake = new FakeHost();
  server = await start({});
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.stop();
  await rm(dir, { recursive: true });
});

const start = (limits: Partial<SocketLimits>): Promise<EndpointServer> =>
  startServer({ router: fake.router, rendererDir: join(dir, 'ui'), port: 0, limits });

async function restart(limits: Partial<SocketLimits>): Promise<void> {
  await server.stop();
  server = await start(limits);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is written: no client cleans up the path. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  request(
    { host: '127.0.0.1', port: server.port, path, method, headers: { host: self(), ...headers } },
    (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    },
  )
    .on('error', reject)
    .end();
  return promise;
}

const self = (): string => `127.0.0.1:${server.port}`;
const bearer = (): Record<string, string> => ({ authorization: `Bearer ${server.token}` });

/** Opens a socket; resolves with it, or with the HTTP status that refused it. */
function open(
  headers: Record<string, string>,
  path = '/rpc',
  offered: string[] = [],
): Promise<WebSocket | number> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket | number>();
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, offered, { headers });
  sockets.push(socket);
  socket.once('open', () => resolve(socket));
  socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
  socket.on('error', reject);
  return promise;
}

async function opened(): Promise<WebSocket> {
  const socket = await open(bearer());
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)));

const rpc = (id: string, path: string, json: unknown = {}): string =>
  JSON.stringify({ i: id, p: { u: `http://orpc/${path}`, b: { json } } });

/** Lands as a browser does: by the whole address that was printed, or by another. */
function land(address = server.url): Promise<Answer> {
  const { pathname, search } = new URL(address);
  return get(pathname + search);
}

async function cookie(): Promise<string> {
  return (await land()).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** What a page finds behind the `#`. */
async function pageSecret(): Promise<string> {
  return /^\/#session=([\w-]{43})$/.exec((await land()).headers.location ?? '')?.[1] ?? '';
}

it('lets in whoever opens the printed address, and keeps the token out of the address bar', async () => {
  const first = await land();
  expect(first.status).toBe(303);
  expect(first.headers.location).toMatch(/^\/#session=[\w-]{43}$/);
  expect(first.headers.location).not.toContain(server.token);
  expect(server.url).not.toContain(server.token);
  expect(first.headers['set-cookie']?.[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(first.headers['set-cookie']?.[0]).not.toContain(server.token);
  const page = await get('/', { cookie: await cookie() });
  expect(page.status).toBe(200);
  expect(page.body).toBe('<title>Gatehouse</title>');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
});

it('tells those without the token what to do, and shows them nothing else', async () => {
  const answer = await get('/');
  expect(answer.status).toBe(401);
  expect(answer.body).toContain('gatehouse status');
  expect((await get('/assets/index-DiwrgTda.js')).status).toBe(401);
  const wrong = await get('/?token=wrong');
  expect(wrong.status).toBe(401);
  expect(wrong.headers['set-cookie']).toBeUndefined();
  expect((await get('/', { cookie: `gatehouse-${server.port}=${server.token}` })).status).toBe(401);
  // The token of programs is for programs: in an address it would be shown and kept.
  expect((await get(`/?token=${server.token}`)).status).toBe(401);
});

it('sends the strict policy with every answer', async () => {
  for (const answer of [await get('/'), await get('/', bearer()), await get('/', { host: 'evil.example' })]) {
    expect(answer.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect(answer.headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
  }
});

it('lets browsers keep what has a hash in its name, and asks again for the rest', async () => {
  const script = await get('/assets/index-DiwrgTda.js', bearer());
  expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(script.headers['cache-control']).toContain('immutable');
  const page = await get('/', bearer());
  expect(page.headers['cache-control']).toBe('no-cache');
  const again = await get('/', { ...bearer(), 'if-none-match': page.headers.etag ?? '' });
  expect(again.status).toBe(304);
  const head = await get('/', bearer(), 'HEAD');
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '24']);
});

it('takes only GET and HEAD', async () => {
  expect((await get('/', bearer(), 'POST')).status).toBe(405);
});

it('answers only to its own names: a page whose name was pointed here gets nothing', async () => {
  for (const host of [
    'evil.example',
    `evil.example:${server.port}`,
    '127.0.0.1',
    `127.0.0.1:1`,
    `127.0.0.1.evil.example:${server.port}`,
  ]) {
    expect((await get('/', { ...bearer(), host })).status, host).toBe(421);
    expect(await open({ ...bearer(), host }), host).toBe(421);
  }
  expect((await get('/', { ...bearer(), host: `localhost:${server.port}` })).status).toBe(200);
});

it('serves nothing from outside its folder', async () => {
  const paths = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/link.txt',
    '/.hidden',
    '//secret.txt',
    '/secret.txt%00.js',
    '/%ff.js',
    '/assets/%2fetc%2fhosts.txt',
    'http://evil.example/secret.txt',
  ];
  for (const path of paths) {
    const answer = await get(path, bearer());
    expect(answer.status, path).toBe(404);
    expect(answer.body, path).not.toContain('not for you');
  }
});

it('says that the interface has not been built', async () => {
  await rm(join(dir, 'ui'), { recursive: true });
  const answer = await get('/', bearer());
  expect(answer.status).toBe(503);
  expect(answer.body).toContain('npm run build');
});

it('opens the contract to programs with the token and to its own page, and to nobody else', async () => {
  expect(await open(bearer())).toBeInstanceOf(WebSocket);
  const offered = ['gatehouse', `gatehouse.${await pageSecret()}`];
  const page = { cookie: await cookie(), origin: `http://${self()}` };
  const socket = await open(page, '/rpc', offered);
  expect(socket).toBeInstanceOf(WebSocket);
  expect(socket).toMatchObject({ protocol: 'gatehouse' });
  expect(await open({ origin: page.origin }, '/rpc', offered)).toBe(401);
  expect(await open({ cookie: page.cookie }, '/rpc', offered)).toBe(401);
  expect(await open({ ...page, origin: 'http://127.0.0.1:1' }, '/rpc', offered)).toBe(403);
  expect(await open({})).toBe(401);
  expect(await open({ authorization: 'Bearer wrong' })).toBe(401);
  expect(await open({ cookie: await cookie() })).toBe(401);
  expect(await open({ cookie: await cookie(), origin: 'http://evil.example' })).toBe(403);
  expect(await open({ cookie: await cookie(), origin: 'http://127.0.0.1:1' })).toBe(403);
  expect(await open({ cookie: await cookie(), origin: 'null' })).toBe(403);
  expect(await open({ ...bearer(), origin: `http://localhost:${server.port}` })).toBe(403);
  expect(await open({ origin: `http://${self()}` })).toBe(401);
  expect(await open(bearer(), '/other')).toBe(404);
});

it('gives the contract to nobody for the cookie alone, which every server on this machine is shown', async () => {
  // What another server has: the cookie, and any header that it likes. And what it may ask with them.
  const stolen = { cookie: await cookie(), origin: `http://${self()}` };
  expect(await open(stolen)).toBe(401);
  const value = stolen.cookie.split('=')[1] ?? '';
  for (const offer of [['gatehouse'], ['gatehouse.x'], ['gatehouse', `gatehouse.${value}`], [`x.${value}`]]) {
    expect(await open(stolen, '/rpc', offer), offer.join()).toBe(401);
  }
  const secret = await pageSecret();
  for (const path of ['/', '/index.html', '/?token=', `/?token=${value}`, '/rpc', '/endpoint.json']) {
    const answer = await get(path, stolen);
    expect(answer.body + JSON.stringify(answer.headers), path).not.toContain(secret);
  }
  // The page secret is of no use elsewhere either.
  expect((await get('/', { cookie: `gatehouse-${server.port}=${secret}` })).status).toBe(401);
  expect(await open({ authorization: `Bearer ${secret}` })).toBe(401);
});

it('tells a page whose secret is from another run, whatever the cookie says', async () => {
  const letIn = { cookie: await cookie() };
  const head = (secret: string): Promise<Answer> => get('/', { ...letIn, 'gatehouse-page': secret }, 'HEAD');
  expect((await head(await pageSecret())).status).toBe(200);
  expect((await head('x'.repeat(43))).status).toBe(401);
});

it('lets an address for another program in once, and the printed one as often as one likes', async () => {
  const once = server.urlForOnce();
  expect(once).not.toBe(server.url);
  const { pathname, search } = new URL(once);
  expect((await get(pathname + search, {}, 'HEAD')).status).toBe(401);
  expect((await land(once)).status).toBe(303);
  const again = await land(once);
  expect(again.status).toBe(401);
  expect(again.headers['set-cookie']).toBeUndefined();
  expect(again.headers.location).toBeUndefined();
  expect(again.body).toContain('If it was not you');
  expect((await land()).status).toBe(303);
  expect((await land()).status).toBe(303);
  expect(await open({ authorization: `Bearer ${new URL(once).searchParams.get('token') ?? ''}` })).toBe(401);
  expect(await open({ authorization: `Bearer ${new URL(server.url).searchParams.get('token') ?? ''}` })).toBe(
    401,
  );
});

it('without pages lets in programs with the token, and no browser at all', async () => {
  const letIn = await cookie();
  await server.stop();
  server = await startServer({ router: fake.router, rendererDir: null, port: 0 });
  for (const answer of [await land(), await get('/', bearer())]) {
    expect(answer.status).toBe(404);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).not.toContain(server.token);
  }
  expect(await open(bearer())).toBeInstanceOf(WebSocket);
  expect(await open({})).toBe(401);
  expect(await open({ authorization: 'Bearer wrong' })).toBe(401);
  expect(await open({ ...bearer(), origin: `http://${self()}` })).toBe(403);
  expect(await open({ cookie: letIn, origin: `http://${self()}` })).toBe(403);
  expect(await open({ ...bearer(), host: 'evil.example' })).toBe(421);
  expect(await open(bearer(), '/other')).toBe(404);
});

it('answers a request over the socket', async () => {
  const socket = await opened();
  const answer = new Promise<string>((resolve) =>
    socket.once('message', (data: Buffer) => resolve(data.toString())),
  );
  socket.send(rpc('1', 'rules/remove', { id: 'rule-1' }));
  await answer;
  expect(fake.asked).toEqual([{ what: 'rules.remove', input: { id: 'rule-1' } }]);
});

it('ends a connection that sends an oversized message', async () => {
  await restart({ messageBytes: 1000 });
  const socket = await opened();
  const code = closed(socket);
  socket.send('x'.repeat(1001));
  expect(await code).toBe(1009);
});

it('takes messages up to 16 MiB', () => {
  expect(defaultLimits.messageBytes).toBe(16 * 1024 * 1024);
});

it('ends a connection that does not speak the protocol, without a word on our own output', async () => {
  for (const garbage of ['not json', '[]', '5', Buffer.from([1, 2, 3])]) {
    const socket = await opened();
    const code = closed(socket);
    socket.send(garbage);
    expect(await code, String(garbage)).toBe(1007);
  }
});

it('ends a connection that asks too much at once', async () => {
  await restart({ requests: 3 });
  const socket = await opened();
  const code = closed(socket);
  for (let i = 0; i < 5; i += 1) socket.send(rpc(String(i), 'live/watch'));
  expect(await code).toBe(1013);
});

it('takes 32 connections and no more', async () => {
  await restart({ connections: 2 });
  await opened();
  const second = await opened();
  expect(await open(bearer())).toBe(503);
  const code = closed(second);
  second.close();
  await code;
  expect(await open(bearer())).toBeInstanceOf(WebSocket);
  expect(defaultLimits.connections).toBe(32);
});

const bigChange = (id: number): Change[] => [
  { of: 'calls', id: String(id), value: aCall(id, { error: 'x'.repeat(100_000) }) },
];

/** Endless deltas of 100 kB; counts how many were taken from it. */
function endless(): { taken: number; changes: Generator<Change[]> } {
  const source = { taken: 0, changes: deltas() };
  function* deltas(): Generator<Change[]> {
    for (;;) {
      source.taken += 1;
      yield bigChange(source.taken);
    }
  }
  return source;
}

it('does not run ahead of a slow reader, and cuts off one that stays slow', async () => {
  await restart({ stallMs: 500, highWaterBytes: 1_000_000 });
  const source = endless();
  fake.flood = source.changes;
  const socket = await opened();
  const gone = closed(socket);
  socket.pause();
  socket.send(rpc('1', 'live/watch'));
  await fake.watchEnded.promise;
  // What the system's own buffers on loopback hold comes on top of ours.
  expect(source.taken).toBeLessThan(200);
  socket.resume();
  await gone;
  await expect.poll(() => server.connections()).toBe(0);
});

it('keeps serving a reader that is quick enough', async () => {
  await restart({ stallMs: 500 });
  fake.flood = Array.from({ length: 100 }, (_, index) => bigChange(index + 1));
  const socket = await opened();
  let messages = 0;
  const all = new Promise<void>((resolve) => {
    socket.on('message', () => {
      messages += 1;
      if (messages === 102) resolve();
    });
  });
  socket.send(rpc('1', 'live/watch'));
  await all;
  expect(socket.readyState).toBe(WebSocket.OPEN);
});

it('cuts off a connection that no longer answers pings', async () => {
  await restart({ heartbeatMs: 50 });
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers: bearer(), autoPong: false });
  sockets.push(socket);
  socket.on('error', () => undefined);
  expect(await closed(socket)).toBe(1006);
});

it('survives clients that vanish in the middle of an upgrade', async () => {
  const raw = createConnection(server.port, '127.0.0.1');
  raw.on('error', () => undefined);
  raw.write(`GET /rpc HTTP/1.1\r\nHost: ${self()}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  raw.resetAndDestroy();
  expect((await get('/', bearer())).status).toBe(200);
});

it('stops with connections open, and says goodbye to them', async () => {
  const socket = await opened();
  const code = closed(socket);
  socket.send(rpc('1', 'live/watch'));
  await new Promise((resolve) => socket.once('message', resolve));
  await server.stop();
  expect(await code).toBe(1001);
  await fake.watchEnded.promise;
  server = await start({});
});

it('takes another port where the usual one is taken, but not where one was asked for', async () => {
  await expect(
    startServer({ router: fake.router, rendererDir: dir, port: server.port }),
  ).rejects.toMatchObject({ code: 'PORT_TAKEN' });
});
