import { once } from 'node:events';
import type { WebContents } from 'electron';
import { os, eventIterator } from '@orpc/server';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { RouterClient } from '@orpc/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Host } from '../../../../main/host/index.ts';
import { linkHost } from '../../../../main/electron/host-links.ts';
import { setupRendererPort, type RendererPort } from '../../../../main/electron/renderer-port.ts';
import { BrowserWindow, ipcMain, resetElectron } from '../../../fixtures/fake-electron.ts';
import { eventually } from '../../../fixtures/eventually.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));

const CHANNEL = 'gatehouse:port';
const ended = vi.fn();
const stopAll = vi.fn();
const router = {
  host: { stopAll: os.handler(stopAll) },
  double: os.input(z.number()).handler(({ input }) => input * 2),
  ticks: os.output(eventIterator(z.number())).handler(async function* ({ signal }) {
    try {
      yield 1;
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    } finally {
      ended();
    }
  }),
};

beforeEach(() => {
  resetElectron();
  ended.mockClear();
});

function open(attach?: (port: RendererPort) => void) {
  const { webContents } = new BrowserWindow();
  const onRefused = vi.fn();
  const attached = vi.fn<(port: RendererPort) => void>();
  const host = linkHost({ router } as unknown as Host);
  const stop = setupRendererPort(
    webContents as unknown as WebContents,
    attach ??
      ((port) => {
        attached(port);
        host.attach(port);
      }),
    onRefused,
  );
  const ask = (event: Record<string, unknown> = {}): void => {
    ipcMain.emit(CHANNEL, { sender: webContents, senderFrame: webContents.mainFrame, ...event });
  };
  /** As the page would, from the port that the preload forwards. */
  const connect = () => {
    ask();
    const port = webContents.mainFrame.posted.at(-1)?.ports[0]?.raw;
    if (port === undefined) throw new Error('The page got no port.');
    port.start();
    const client: RouterClient<typeof router> = createORPCClient(new RPCLink({ port }));
    return { port, client };
  };
  return { host, webContents, onRefused, attached, stop, ask, connect };
}

describe('the port between the page and the host', () => {
  it('carries calls both ways', async () => {
    const { client } = open().connect();
    expect(await client.double(21)).toBe(42);
  });

  it('goes to our own page in our own window only', () => {
    const { webContents, onRefused, attached, ask } = open();
    const strange = new BrowserWindow().webContents;
    ask({ sender: strange, senderFrame: strange.mainFrame });
    ask({ senderFrame: strange.mainFrame });
    ask({ senderFrame: null });
    webContents.mainFrame.detached = true;
    ask();
    webContents.mainFrame.detached = false;
    for (const origin of [
      'https://example.org',
      'app://elsewhere',
      'app://gatehouse.example.org',
      'null',
      '',
    ]) {
      webContents.mainFrame.origin = origin;
      ask();
    }
    expect(onRefused).toHaveBeenCalledTimes(9);
    expect(attached).not.toHaveBeenCalled();
    expect([...webContents.mainFrame.posted, ...strange.mainFrame.posted]).toEqual([]);
  });

  it.each([
    ['loads another document', 'did-start-navigation', { isMainFrame: true, isSameDocument: false }],
    ['loses its process', 'render-process-gone', {}],
    ['is gone', 'destroyed', {}],
  ])('ends with what runs through it when the page %s', async (_why, name, details) => {
    const { webContents, connect } = open();
    const { port, client } = connect();
    const closed = once(port, 'close');
    const ticks = await client.ticks();
    await ticks.next();
    webContents.emit(name, details);
    await closed;
    await eventually(() => expect(ended).toHaveBeenCalledOnce());
  });

  it('stays while the page goes from place to place within itself', async () => {
    const { webContents, connect } = open();
    const { client } = connect();
    webContents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    webContents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false });
    expect(await client.double(2)).toBe(4);
  });

  it('is one at a time: a new one ends the old one', async () => {
    const { connect } = open();
    const first = connect();
    const closed = once(first.port, 'close');
    const second = connect();
    await closed;
    expect(await second.client.double(3)).toBe(6);
  });

  it('ends what runs when the page closes it', async () => {
    const { connect } = open();
    const { port, client } = connect();
    const ticks = await client.ticks();
    await ticks.next();
    port.close();
    await eventually(() => expect(ended).toHaveBeenCalledOnce());
  });

  it.each(['{', '', 'null', '[[]]', '{"i":1}', { i: 1, t: 99 }, 17])(
    'ends on a message that makes no sense: %j',
    async (message) => {
      const { connect } = open();
      const { port } = connect();
      const closed = once(port, 'close');
      port.postMessage(message);
      await closed;
    },
  );

  it('is given to nobody once it is stopped', async () => {
    const { connect, stop, ask, webContents } = open();
    const { port } = connect();
    const closed = once(port, 'close');
    stop();
    await closed;
    ask();
    expect(webContents.mainFrame.posted).toHaveLength(1);
    expect(ipcMain.listenerCount(CHANNEL)).toBe(0);
  });

  it('ends where the page asks for far too much at once', async () => {
    let kept: RendererPort | undefined;
    const { ask, webContents } = open((port) => {
      kept = port;
      port.onMessage = () => new Promise(() => undefined);
    });
    ask();
    const page = webContents.mainFrame.posted[0]?.ports[0]?.raw;
    if (page === undefined || kept === undefined) throw new Error('The page got no port.');
    const closed = once(page, 'close');
    for (let count = 0; count < 513; count += 1) page.postMessage('{}');
    await closed;
  });

  it('refuses what is sent after its end, and ends once', async () => {
    const onClose = vi.fn();
    let kept: RendererPort | undefined;
    const { ask } = open((port) => {
      kept = port;
      port.onClose = onClose;
    });
    ask();
    kept?.close();
    kept?.close();
    await expect(kept?.send('late')).rejects.toThrow('closed');
    expect(onClose).toHaveBeenCalledOnce();
  });
});

it('is not needed for the tray, which stops all by the same contract', async () => {
  const { host } = open();
  await host.stopAll();
  expect(stopAll).toHaveBeenCalledOnce();
});
