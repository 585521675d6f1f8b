import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { contextBridge, ipcRenderer } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));

const ORIGIN = 'app://gatehouse';
type Listener = (event: { source: unknown; origin: string; data: unknown }) => void;

/** As much of a page's window as the bridge uses. */
const page = {
  location: { origin: ORIGIN },
  listeners: [] as Listener[],
  posted: [] as unknown[][],
  addEventListener(_type: 'message', listener: Listener): void {
    this.listeners.push(listener);
  },
  postMessage(...args: unknown[]): void {
    this.posted.push(args);
  },
};
const say = (data: unknown, change: { source?: unknown; origin?: string } = {}): void => {
  for (const listener of page.listeners) listener({ source: page, origin: ORIGIN, data, ...change });
};

beforeAll(async () => {
  vi.stubGlobal('window', page);
  await import('../../../../main/preload/index.ts');
});
beforeEach(() => {
  ipcRenderer.sent.length = 0;
  page.posted.length = 0;
});

describe('the bridge', () => {
  it('tells the page where it runs, and nothing else', () => {
    expect(contextBridge.exposed).toEqual({ gatehouse: { shell: 'electron', platform: process.platform } });
  });

  it('asks for a port when the page says that it is ready', () => {
    say({ type: 'gatehouse-ready' });
    expect(ipcRenderer.sent).toEqual(['gatehouse:port']);
  });

  it('asks for none otherwise', () => {
    for (const data of [
      null,
      undefined,
      'gatehouse-ready',
      7,
      {},
      { type: 'other' },
      { type: 'gatehouse-port' },
    ])
      say(data);
    say({ type: 'gatehouse-ready' }, { source: {} });
    say({ type: 'gatehouse-ready' }, { origin: 'https://example.org' });
    expect(ipcRenderer.sent).toEqual([]);
  });

  it('hands one port on, to our own page', () => {
    ipcRenderer.emit('gatehouse:port', { ports: ['port', 'another'] });
    expect(page.posted).toEqual([[{ type: 'gatehouse-port' }, ORIGIN, ['port']]]);
  });
});
