import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { selfSigned } from '../fixtures/self-signed.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-tls-'));
  scope.defer(() => rm(dir, { recursive: true }));
  return dir;
}

/** The fingerprint of what is shown to whoever connects. */
async function certificateAt(port: number): Promise<string> {
  const socket = connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect', { signal: soon() });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

describe('listening', () => {
  it('goes on another port where one is taken, and says so', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    scope.defer(async () => void (await new Promise((resolve) => other.close(resolve))));
    const { port } = other.address() as AddressInfo;
    const node = await startTransport({ scope, listen: [`127.0.0.1:${port}`] });
    const actual = new URL(node.url).port;
    expect(Number(actual)).toBeGreaterThan(0);
    expect(actual).not.toBe(String(port));
    expect(node.notices).toMatchObject([
      {
        id: 'websocket-ports',
        text: expect.stringMatching(new RegExp(`Port ${port} is used .* on ${actual} until`)),
      },
    ]);
  });

  it('everywhere, if nothing else is said, on IPv4 and IPv6 alike', async () => {
    const node = await startTransport({ scope, listen: [] });
    const addresses = node.transport.addresses();
    expect(addresses.every((address) => address.endsWith(`#${node.peerId}`))).toBe(true);
    const port = new URL(node.url).port;
    expect(addresses).toContain(`ws://127.0.0.1:${port}#${node.peerId}`);
    const other = await startTransport({ scope });
    for (const address of addresses) {
      const link = await other.transport.dial(
        { peerId: null, addresses: [address], another: true },
        { signal: soon() },
      );
      expect(link.remotePeer.toString()).toBe(node.peerId);
    }
    await node.untilOpened(addresses.length);
  });

  it('takes names, and passes over what is no address with a notice', async () => {
    const node = await startTransport({
      scope,
      listen: ['localhost:0', 'nonsense', '192.0.2.1:0', '127.0.0.1:99999'],
    });
    expect(node.url).toMatch(/^ws:\/\/localhost:\d+$/);
    expect(node.notices.map(({ id }) => id)).toStrictEqual([
      'listen:nonsense',
      'listen:192.0.2.1:0',
      'listen:127.0.0.1:99999',
    ]);
  });

  it('says so where it listens nowhere, and dials all the same', async () => {
    const node = await startTransport({ scope, listen: ['192.0.2.1:0', '198.51.100.77:0'] });
    expect(node.transport.addresses()).toStrictEqual([]);
    expect(node.transport.problem).toMatch(/^It listens nowhere, /);
    expect(node.notices.map(({ text }) => text)).toStrictEqual([
      expect.stringMatching(
        /192\.0\.2\.1:0: this machine does not have that address\. It listens nowhere else/,
      ),
      expect.stringMatching(/198\.51\.100\.77:0: .*nobody can come in over WebSocket/),
    ]);
    const other = await startTransport({ scope });
    expect(other.transport.problem).toBeNull();
    await node.transport.dial({ peerId: other.peerId, addresses: [other.url] }, { signal: soon() });
    await node.transport.listenOn(['127.0.0.1:0', '192.0.2.1:0'], null);
    expect(node.transport.problem).toBeNull();
    expect(node.notices.at(-1)?.text).toContain('Its other addresses work.');
  });

  it('moves while it runs, and links stay', async () => {
    const node = await startTransport({ scope });
    const other = await startTransport({ scope });
    const link = await other.transport.dial(
      { peerId: node.peerId, addresses: [node.url] },
      { signal: soon() },
    );
    await node.untilOpened(1);
    await node.transport.listenOn(['127.0.0.1:0'], null);
    const [address = ''] = node.transport.addresses();
    expect(address).not.toContain(node.url);
    expect(await link.roundTrip?.(soon())).toBeGreaterThan(0);
    const target = { peerId: node.peerId, another: true };
    await other.transport.dial({ ...target, addresses: [address] }, { signal: soon() });
    await expect(
      other.transport.dial({ ...target, addresses: [node.url] }, { signal: soon() }),
    ).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('ends with the transport, and frees the port', async () => {
    const node = await startTransport({ scope });
    const other = await startTransport({ scope });
    await other.transport.dial({ peerId: node.peerId, addresses: [node.url] }, { signal: soon() });
    await node.untilOpened(1);
    await node.transport.stop();
    expect(node.transport.addresses()).toStrictEqual([]);
    expect(node.closed).toHaveLength(1);
    const again = await startTransport({ scope, listen: [new URL(node.url).host] });
    expect(again.url).toBe(node.url);
    expect(again.notices).toStrictEqual([]);
  });
});

describe('over TLS', () => {
  it('a peer that is named needs no certificate of others, and nobody else is taken for it', async () => {
    const node = await startTransport({ scope, tls: await selfSigned(await folder()) });
    expect(node.url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+$/);
    const other = await startTransport({ scope });
    const [address = ''] = node.transport.addresses();
    const link = await other.transport.dial({ peerId: null, addresses: [address] }, { signal: soon() });
    await node.untilOpened(1);
    expect(link.kind).toMatchObject({ path: 'lan', address: node.url });
    expect(link.remoteAddr.toString()).toMatch(/\/tls\/ws$/);
    expect(node.opened[0]?.kind?.address).toMatch(/^wss:/);
    node.answers.set('/x', async (stream) => {
      for await (const data of stream) stream.send(data);
    });
    const stream = await link.newStream(['/x']);
    stream.send(Buffer.from('there and back'));
    for await (const data of stream) {
      expect(Buffer.from(data.subarray()).toString()).toBe('there and back');
      break;
    }
    const target = { peerId: other.peerId, addresses: [node.url] };
    const third = await startTransport({ scope });
    await expect(third.transport.dial(target, { signal: soon() })).rejects.toThrow('Another peer');
  });

  it('whoever is not named needs one', async () => {
    const node = await startTransport({ scope, tls: await selfSigned(await folder()) });
    const other = await startTransport({ scope });
    await expect(
      other.transport.dial({ peerId: null, addresses: [node.url] }, { signal: soon() }),
    ).rejects.toThrow('does not trust the certificate');
  });

  it('who says nothing is cut off in time, and plain connections are not understood', async () => {
    const node = await startTransport({
      scope,
      tls: await selfSigned(await folder()),
      handshakeTimeoutMs: 300,
    });
    const other = await startTransport({ scope });
    const plain = { peerId: node.peerId, addresses: [node.url.replace('wss:', 'ws:')] };
    await expect(other.transport.dial(plain, { signal: soon() })).rejects.toMatchObject({
      name: 'NetworkError',
    });
    // A peer that was proven in time stays.
    await other.transport.dial({ peerId: node.peerId, addresses: [node.url] }, { signal: soon() });
    await node.untilOpened(1);
    const silent = connect(Number(new URL(node.url).port), '127.0.0.1');
    silent.resume();
    await once(silent, 'close', { signal: soon() });
    expect(node.transport.connections()).toHaveLength(1);
  });

  it('takes up a renewed certificate, and links stay', async () => {
    const dir = await folder();
    const tls = await selfSigned(dir);
    const node = await startTransport({ scope, tls, certificateCheckMs: 20 });
    const port = Number(new URL(node.url).port);
    const other = await startTransport({ scope });
    const link = await other.transport.dial(
      { peerId: node.peerId, addresses: [node.url] },
      { signal: soon() },
    );
    await node.untilOpened(1);
    const before = await certificateAt(port);
    await selfSigned(dir);
    await vi.waitUntil(async () => (await certificateAt(port)) !== before, 10_000);
    expect(await link.roundTrip?.(soon())).toBeGreaterThan(0);
    expect(node.closed).toStrictEqual([]);
    // What cannot be read meanwhile takes nothing away.
    await writeFile(tls.certificate, 'half of it');
    await vi.waitUntil(() => node.notices.length > 0, 10_000);
    expect(node.notices[0]).toMatchObject({
      id: 'websocket-certificate',
      text: expect.stringMatching(/cannot be used: .* The one that was read before is used until then\.$/),
    });
    expect(await certificateAt(port)).not.toBe(before);
  });

  it('goes on as before with a certificate that cannot be used, and says so until there is a better one', async () => {
    const dir = await folder();
    const node = await startTransport({ scope });
    const bad = { certificate: join(dir, 'none.pem'), key: join(dir, 'none.pem') };
    await node.transport.listenOn(['127.0.0.1:0'], bad);
    expect(node.transport.addresses()).toStrictEqual([`${node.url}#${node.peerId}`]);
    expect(node.transport.problem).toMatch(/^The certificate for WebSocket cannot be used/);
    expect(node.notices).toMatchObject([{ id: 'websocket-certificate' }]);
    const other = await startTransport({ scope });
    await other.transport.dial({ peerId: node.peerId, addresses: [node.url] }, { signal: soon() });
    await node.transport.listenOn(['127.0.0.1:0'], await selfSigned(dir));
    expect(node.transport.problem).toBeNull();
    expect(node.transport.addresses()).toStrictEqual([expect.stringMatching(/^wss:/)]);
  });

  it('files that cannot be read, or do not fit, are told of in a sentence', async () => {
    const dir = await folder();
    const { key } = await selfSigned(dir);
    const bad = join(dir, 'bad.pem');
    await writeFile(bad, 'hello');
    const empty = join(dir, 'empty.pem');
    await writeFile(empty, '');
    const ofAnother = join(dir, 'another.pem');
    await copyFile(join(dir, 'certificate.pem'), ofAnother);
    await selfSigned(dir);
    for (const certificate of [bad, empty, ofAnother, join(dir, 'none.pem')]) {
      await expect(startTransport({ scope, tls: { certificate, key } })).rejects.toThrow(
        'The certificate for WebSocket cannot be used',
      );
    }
  });
});
